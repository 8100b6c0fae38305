namespace Gaudi.Tests.Storm;

/// <summary>What a fault cost.</summary>
/// <param name="Number">Counts the faults, from 1.</param>
/// <param name="Class">Name of its class.</param>
/// <param name="GapMs">The longest wait between two tokens of one answer that ended in its time; 0 where no answer ran.</param>
/// <param name="HealedMs">From the fault until every client had an answer again; null where that never was.</param>
internal sealed record FaultMeasure(int Number, string Class, double GapMs, double? HealedMs);
