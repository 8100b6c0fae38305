namespace Gaudi.Tests.Storm;

/// <summary>What a history proves.</summary>
/// <param name="Violations">What must not be; one sentence each, in the order of the history. Empty: all is well.</param>
/// <param name="Faults">Each fault with its measures, in order.</param>
/// <param name="RequestCount">Requests that clients sent, each counted once however often it was sent.</param>
/// <param name="TokenCount">Tokens that came.</param>
/// <param name="RefusedRequestCount">Requests that were answered 503 or 429 at least once.</param>
/// <param name="RefusalCount">Such answers.</param>
internal sealed record StormVerdict(
    IReadOnlyList<string> Violations, IReadOnlyList<FaultMeasure> Faults, int RequestCount, int TokenCount, int RefusedRequestCount,
    int RefusalCount);
