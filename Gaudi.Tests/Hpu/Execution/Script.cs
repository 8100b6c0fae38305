using System.Collections.Immutable;
using Gaudi.Hpu.Execution;

namespace Gaudi.Tests.Hpu.Execution;

/// <summary>
/// One sequence as a scheduler would drive it: it knows its tokens and its blocks, and makes its share of a step.
/// </summary>
internal sealed class Script(
    long sequenceId, IEnumerable<int> prompt, ImmutableArray<int> blocks, SamplingParameters sampling)
{
    public static readonly SamplingParameters Greedy = new(0, 1, 0, 0, 7, LogprobCount: 5);

    private readonly List<int> _tokens = [.. prompt];
    private readonly int _promptCount = prompt.Count();

    public IReadOnlyList<int> Tokens => _tokens;

    public int PromptTokenCount => _promptCount;

    public int ComputedCount { get; private set; }

    /// <summary>The next tokens to compute, at most so many; draws when they are the last, after drafts too.</summary>
    /// <param name="tokensMax">Of the known tokens.</param>
    /// <param name="drafts">To be verified; used when the known tokens are the last.</param>
    /// <param name="draftCountMax">How many the draft model may propose.</param>
    public SequenceStep Next(
        int tokensMax = int.MaxValue, IReadOnlyCollection<int>? drafts = null, int draftCountMax = 0)
    {
        var count = Math.Min(tokensMax, _tokens.Count - ComputedCount);
        var isLast = ComputedCount + count == _tokens.Count;
        var verified = isLast ? drafts ?? [] : [];
        return new SequenceStep(
            sequenceId, [.. _tokens.GetRange(ComputedCount, count), .. verified], ComputedCount, _promptCount, blocks,
            isLast ? sampling : null, Choice: 0)
        {
            DraftCount = verified.Count,
            DraftCountMax = isLast ? draftCountMax : 0,
            History = isLast && sampling.NeedsHistory ? [.. _tokens.Take(ComputedCount)] : [],
        };
    }

    /// <summary>Takes the step's result in.</summary>
    public void Apply(SequenceStep step, StepOutput output)
    {
        int[] drawn = [.. output.Tokens.Where(token => token.SequenceId == sequenceId).Select(token => token.TokenId)];
        // Drafts that stand are computed, the others are not.
        ComputedCount = step.FirstPosition + step.FirstDraft + Math.Max(0, drawn.Length - 1);
        _tokens.AddRange(drawn);
    }

    /// <summary>Forgets what is in the blocks, as after a preemption: all tokens are to be computed again.</summary>
    public void Preempt() => ComputedCount = 0;

    /// <summary>Runs alone, the prompt in chunks, then one token a step.</summary>
    public ImmutableArray<Drawn> Generate(IModelRunner runner, int count, int chunk = int.MaxValue)
    {
        var drawn = ImmutableArray.CreateBuilder<Drawn>();
        for (var step = 1L; drawn.Count < count; step++)
        {
            var mine = Next(chunk);
            var output = runner.Run(new StepPlan(step, [mine]));
            Apply(mine, output);
            if (mine.Sampling is not null)
                drawn.Add(Drawn.Of(output.Tokens.Single(), output.LogitsDigest));
        }
        return drawn.ToImmutable();
    }
}
