using Gaudi.Actors.Protocols;

namespace Gaudi.Cluster.Wire;

/// <summary>RecoveryCounters on the wire, as a part of other messages.</summary>
internal static class RecoveryFormats
{
    internal static void Write(WireWriter w, RecoveryCounters counters)
    {
        w.Long(counters.StepFaultCount);
        w.Long(counters.RankLostCount);
        w.Long(counters.DeliberateCount);
        w.Long(counters.ReplayedTokenCount);
        w.Long(counters.StaleMessageCount);
        w.Long(counters.QuarantinedRequestCount);
        w.List(counters.CountBySeconds, w.Long);
        w.Double(counters.Seconds);
        w.Double(counters.LastSeconds);
    }

    internal static RecoveryCounters Read(WireReader r) => new(r.Long(), r.Long(), r.Long(), r.Long(), r.Long(), r.Long())
    {
        CountBySeconds = r.List(r.Long),
        Seconds = r.Double(),
        LastSeconds = r.Double(),
    };
}
