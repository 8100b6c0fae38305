using System.Collections.Immutable;
using System.Globalization;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Protocols.Reports;

namespace Gaudi.Cluster.Http.Metrics;

/// <summary>What failures and recoveries have come to. Counts are the replica's and the cards' and outlive epochs.</summary>
internal static class RecoveryMetrics
{
    /// <summary>Writes every family of recovery; those of cards once, however many engines there are.</summary>
    public static void Write(MetricsText text, ImmutableArray<EngineReport> engines)
    {
        var cards = engines[0].Cards;
        text.Counter("gaudi:worker_restarts_total", "Starts of a card's worker after the first.");
        foreach (var card in cards)
            text.Sample(card.RestartCount, ("node", card.Node), ("card", Number(card.Card)));
        text.Gauge("gaudi:group_epoch", "The group's newest epoch.");
        Each((engine, index) => text.Sample(engine.Epoch, index));
        text.Counter("gaudi:recoveries_total", "Ended epochs after which the group served again, by why the first of them ended.");
        Each((engine, index) => text
            .Sample(engine.Recoveries.StepFaultCount, index, ("cause", "step_fault"))
            .Sample(engine.Recoveries.RankLostCount, index, ("cause", "rank_lost"))
            .Sample(engine.Recoveries.DeliberateCount, index, ("cause", "deliberate")));
        text.Histogram("gaudi:recovery_seconds", "From the end of an epoch that served until the group served again.");
        Each((engine, index) => text.Sample(
            new HistogramValues(RecoveryCounters.SecondsBounds, engine.Recoveries.CountBySeconds, engine.Recoveries.Seconds), index));
        text.Counter("gaudi:stale_messages_dropped_total", "Messages of another epoch that were dropped; a worker's begin anew with it.");
        Each((engine, index) => text.Sample(
            engine.Recoveries.StaleMessageCount, index, ("source", "supervisor"), ("node", ""), ("card", "")));
        foreach (var card in cards)
            text.Sample(card.StaleMessageCount, ("engine", ""), ("source", "worker"), ("node", card.Node), ("card", Number(card.Card)));
        text.Counter("gaudi:tokens_replayed_total", "Tokens of running choices, prompt and emitted, that a new epoch computed again.");
        Each((engine, index) => text.Sample(engine.Recoveries.ReplayedTokenCount, index));
        text.Counter("gaudi:requests_quarantined_total", "Requests that are never tried again, because steps with them failed.");
        Each((engine, index) => text.Sample(engine.Recoveries.QuarantinedRequestCount, index));

        void Each(Action<EngineReport, (string, string)> write)
        {
            foreach (var engine in engines)
                write(engine, ("engine", Number(engine.Index)));
        }
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
