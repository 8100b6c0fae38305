using System.Collections.Immutable;
using Gaudi.Hpu;
using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.Scheduling;

/// <summary>What a step gave, by sequence, after it was held against its plan.</summary>
internal sealed class DrawnTokens
{
    private readonly ILookup<long, SampledToken> _tokens;
    private readonly ILookup<long, PromptScore> _scores;
    private readonly ILookup<long, PooledState> _vectors;

    /// <summary>Reads a step's output.</summary>
    /// <exception cref="InvariantBrokenException">It is another step's, or has tokens or scores of sequences not in it.</exception>
    internal DrawnTokens(StepPlan? plan, StepOutput output)
    {
        Invariant.That(
            plan?.StepNumber == output.StepNumber, $"step {output.StepNumber} came back, step {plan?.StepNumber} was planned");
        _tokens = output.Tokens.ToLookup(token => token.SequenceId);
        _scores = output.PromptScores.ToLookup(score => score.SequenceId);
        _vectors = output.Pooled.ToLookup(state => state.SequenceId);
        var pooledCount = plan!.Sequences.Count(step => step.Pooling is not null);
        Invariant.That(pooledCount == output.Pooled.Length, $"{output.Pooled.Length} vectors came back, {pooledCount} were asked for");
        var tokenCount = plan.Sequences.Sum(step => _tokens[step.SequenceId].Count());
        Invariant.That(
            tokenCount == output.Tokens.Length, $"{output.Tokens.Length} tokens came back, {tokenCount} of planned sequences");
        var scoreCount = plan.Sequences.Sum(step => _scores[step.SequenceId].Count());
        Invariant.That(
            scoreCount == output.PromptScores.Length,
            $"{output.PromptScores.Length} scores came back, {scoreCount} of planned sequences");
    }

    /// <summary>A sequence's scores, positions ascending: of each prompt token behind a row it computed, where it asks.</summary>
    /// <exception cref="InvariantBrokenException">Too many, too few, or in the wrong places.</exception>
    internal ImmutableArray<PromptScore> ScoresOf(SequenceStep step)
    {
        ImmutableArray<PromptScore> scores = [.. _scores[step.SequenceId]];
        var end = Math.Min(step.FirstPosition + step.TokenIds.Length, step.PromptTokenCount - 1);
        var expectedCount = step.PromptScoring is null ? 0 : end - step.FirstPosition;
        Invariant.That(
            scores.Length == expectedCount,
            $"sequence {step.SequenceId}: {scores.Length} scores came back, {expectedCount} expected");
        for (var i = 0; i < scores.Length; i++)
            Invariant.That(
                scores[i].Position == step.FirstPosition + 1 + i,
                $"sequence {step.SequenceId}: position {scores[i].Position} scored, {step.FirstPosition + 1 + i} expected");
        return scores;
    }

    /// <summary>[hidden]: what a pooled sequence's prompt has come to.</summary>
    /// <exception cref="InvariantBrokenException">None came, or more than one.</exception>
    internal ImmutableArray<float> VectorOf(SequenceStep step)
    {
        ImmutableArray<PooledState> vectors = [.. _vectors[step.SequenceId]];
        Invariant.That(
            vectors is [{ Vector.IsEmpty: false }], $"sequence {step.SequenceId}: {vectors.Length} vectors came back, one was asked for");
        return vectors[0].Vector;
    }

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
