namespace Gaudi.Tests.Storm;

/// <summary>
/// Judges a history: every request ends exactly once with the tokens of the undisturbed run, no two epochs serve at once, every
/// fault heals, refusals stay under their cap, and nothing is left running. Pure.
/// </summary>
internal static class StormChecker
{
    /// <summary>Reads the whole history once.</summary>
    internal static StormVerdict Check(IReadOnlyList<StormEvent> history)
    {
        var answers = new AnswerLedger();
        var epochs = new EpochLedger();
        var faults = new FaultLedger();
        var violations = new List<string>();
        double? refusedMax = null;
        StormEvent? ended = null;
        foreach (var happened in history)
        {
            answers.Take(happened, violations);
            epochs.Take(happened, violations);
            faults.Take(happened);
            if (happened.Kind == StormEventKind.Plan)
                refusedMax = happened.RefusedMax;
            if (happened.Kind == StormEventKind.Ended)
                ended = happened;
        }
        answers.Close(violations);
        var measures = faults.Close(violations);
        if (refusedMax is null)
            violations.Add("the history does not say how many requests may be refused");
        else if (answers.RefusedRequestCount > refusedMax * answers.RequestCount)
            violations.Add($"{answers.RefusedRequestCount} of {answers.RequestCount} requests were refused; allowed are {refusedMax:P0}");
        if (answers.RequestCount == 0)
            violations.Add("no request was sent");
        if (ended is null)
            violations.Add("the history has no end: what was left running is not known");
        else if (ended.Left is { Length: > 0 } left)
            violations.Add($"{left.Length} processes were left running: {string.Join(", ", left)}");
        return new StormVerdict(
            violations, measures, answers.RequestCount, answers.TokenCount, answers.RefusedRequestCount, answers.RefusalCount);
    }
}
