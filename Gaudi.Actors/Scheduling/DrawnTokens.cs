using System.Collections.Immutable;
using Gaudi.Hpu;
using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.Scheduling;

/// <summary>What a step gave, by sequence, after it was held against its plan.</summary>
internal sealed class DrawnTokens
{
    private readonly ILookup<long, SampledToken> _tokens;
    private readonly ILookup<long, PromptScore> _scores;

    /// <summary>Reads a step's output.</summary>
    /// <exception cref="InvariantBrokenException">It is another step's, or has tokens nobody drew.</exception>
    internal DrawnTokens(StepPlan? plan, StepOutput output)
    {
        Invariant.That(
            plan?.StepNumber == output.StepNumber, $"step {output.StepNumber} came back, step {plan?.StepNumber} was planned");
        _tokens = output.Tokens.ToLookup(token => token.SequenceId);
        _scores = output.PromptScores.ToLookup(score => score.SequenceId);
        var tokenCount = plan!.Sequences.Sum(step => _tokens[step.SequenceId].Count());
        Invariant.That(
            tokenCount == output.Tokens.Length, $"{output.Tokens.Length} tokens came back, {tokenCount} of planned sequences");
    }

    /// <summary>A sequence's scores, positions ascending.</summary>
    internal ImmutableArray<PromptScore> ScoresOf(SequenceStep step) => [.. _scores[step.SequenceId]];

    /// <summary>A sequence's tokens: one for each draft that stands, then one more; none where nothing is drawn.</summary>
    /// <exception cref="InvariantBrokenException">Too many, too few, in the wrong places, or not the drafts.</exception>
    internal ImmutableArray<SampledToken> Of(SequenceStep step)
    {
        ImmutableArray<SampledToken> tokens = [.. _tokens[step.SequenceId]];
        var (least, most) = step.Sampling is null ? (0, 0) : (1, step.DraftCount + 1);
        Invariant.That(
            tokens.Length >= least && tokens.Length <= most,
            $"sequence {step.SequenceId}: {tokens.Length} tokens came back, {least} to {most} expected");
        var knownCount = step.TokenIds.Length - step.DraftCount;
        for (var i = 0; i < tokens.Length; i++)
        {
            var position = step.FirstPosition + knownCount + i;
            Invariant.That(
                tokens[i].Position == position, $"sequence {step.SequenceId}: position {tokens[i].Position} drawn, {position} expected");
            Invariant.That(
                i == tokens.Length - 1 || tokens[i].TokenId == step.TokenIds[knownCount + i],
                $"sequence {step.SequenceId}: token {tokens[i].TokenId} at {position} is not the draft that stands");
        }
        return tokens;
    }
}
