using System.Globalization;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Protocols.Reports;

namespace Gaudi.Cluster.Http.Metrics;

/// <summary>What failures and recoveries have come to. Counts are the replica's and the cards' and outlive epochs.</summary>
internal static class RecoveryMetrics
{
    /// <summary>Writes every family of recovery.</summary>
    public static void Write(MetricsText text, EngineReport engine)
    {
        var counters = engine.Recoveries;
        text.Counter("gaudi:worker_restarts_total", "Starts of a card's worker after the first.");
        foreach (var card in engine.Cards)
            text.Sample(card.RestartCount, ("node", card.Node), ("card", Number(card.Card)));
        text.Gauge("gaudi:group_epoch", "The group's newest epoch.").Sample(engine.Epoch);
        text.Counter("gaudi:recoveries_total", "Ended epochs after which the group served again, by why the first of them ended.")
            .Sample(counters.StepFaultCount, ("cause", "step_fault")).Sample(counters.RankLostCount, ("cause", "rank_lost"))
            .Sample(counters.DeliberateCount, ("cause", "deliberate"));
        text.Histogram("gaudi:recovery_seconds", "From the end of an epoch that served until the group served again.")
            .Sample(new HistogramValues(RecoveryCounters.SecondsBounds, counters.CountBySeconds, counters.Seconds));
        text.Counter("gaudi:stale_messages_dropped_total", "Messages of another epoch that were dropped; a worker's begin anew with it.")
            .Sample(counters.StaleMessageCount, ("source", "supervisor"), ("node", ""), ("card", ""));
        foreach (var card in engine.Cards)
            text.Sample(card.StaleMessageCount, ("source", "worker"), ("node", card.Node), ("card", Number(card.Card)));
        text.Counter("gaudi:tokens_replayed_total", "Tokens of running choices, prompt and emitted, that a new epoch computed again.")
            .Sample(counters.ReplayedTokenCount);
        text.Counter("gaudi:requests_quarantined_total", "Requests that are never tried again, because steps with them failed.")
            .Sample(counters.QuarantinedRequestCount);
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
