namespace Gaudi.Tests.Simulation.Cost;

/// <summary>
/// A closed batch, as throughput tables are measured: all prompts are computed in steps of so many tokens, then all sequences
/// generate together, one token a step.
/// </summary>
/// <param name="InputTokens">Prompt of each sequence.</param>
/// <param name="OutputTokens">Generated tokens of each.</param>
/// <param name="Sequences">Sequences at once.</param>
/// <param name="PrefillTokens">Most tokens of prompts in one step.</param>
internal sealed record BatchRun(int InputTokens, int OutputTokens, int Sequences, int PrefillTokens = 8192)
{
    /// <summary>Generated tokens a second, prompts' time included.</summary>
    /// <param name="cost">What a step takes.</param>
    /// <param name="cards">The group.</param>
    internal double TokensPerSecond(IStepCost cost, IReadOnlyList<GroupCard> cards)
    {
        var time = Prefill(cost, cards);
        for (var position = 0; position < OutputTokens; position++)
            time += cost.Of(new StepShape(0, Sequences, Sequences, (long)Sequences * (InputTokens + position), 0), cards);
        return (double)Sequences * OutputTokens / time.TotalSeconds;
    }

    private TimeSpan Prefill(IStepCost cost, IReadOnlyList<GroupCard> cards)
    {
        var prompts = Math.Max(1, PrefillTokens / InputTokens);
        var time = TimeSpan.Zero;
        for (var left = Sequences; left > 0; left -= prompts)
        {
            var now = Math.Min(left, prompts);
            time += cost.Of(new StepShape(now * InputTokens, 0, now, 0, (long)now * InputTokens * InputTokens / 2), cards);
        }
        return time;
    }
}
