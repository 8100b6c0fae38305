using System.Collections.Immutable;

namespace Gaudi.Hpu.Execution;

/// <summary>What a step's logits give: drawn tokens, rows to verify drafts with, scores of the prompt. One step each.</summary>
internal sealed class StepHarvest(StepPlan plan)
{
    private readonly SampledToken?[] _drawn = new SampledToken?[plan.Sequences.Length];
    private readonly List<float[]>?[] _rows = new List<float[]>?[plan.Sequences.Length];
    private readonly ulong?[] _digests = new ulong?[plan.Sequences.Length];
    private readonly ImmutableArray<PromptScore>.Builder _scores = ImmutableArray.CreateBuilder<PromptScore>();

    /// <summary>Takes the logits of one row.</summary>
    public void Take(StepDraw draw, ReadOnlySpan<float> logits)
    {
        var sequence = plan.Sequences[draw.SequenceIndex];
        if (sequence.ScoredAfter(draw.TokenIndex) is { } scored)
        {
            _scores.Add(Sampler.Score(
                sequence.SequenceId, sequence.FirstPosition + draw.TokenIndex + 1, scored,
                sequence.PromptScoring!.AlternativeCount, logits));
        }
        if (!sequence.IsDrawnAfter(draw.TokenIndex))
            return;
        _digests[draw.SequenceIndex] = LogitsDigest.Add(_digests[draw.SequenceIndex] ?? LogitsDigest.Empty, logits);
        if (sequence.DraftCount == 0)
            _drawn[draw.SequenceIndex] = Sampler.Draw(sequence, draw.TokenIndex, logits);
        else
            (_rows[draw.SequenceIndex] ??= []).Add(logits.ToArray());
    }

    /// <summary>The sequences with drafts, in the plan's order, with the logits that follow each known token.</summary>
    public ImmutableArray<DraftRows> Drafts =>
    [
        .. plan.Sequences.Index().Where(one => one.Item.DraftCount > 0)
            .Select(one => new DraftRows(one.Item, [.. _rows[one.Index]!])),
    ];

    /// <summary>The step's output.</summary>
    /// <param name="verified">What each sequence with drafts goes on with, in the order of <see cref="Drafts"/>.</param>
    public StepOutput Output(ImmutableArray<ImmutableArray<SampledToken>> verified)
    {
        var tokens = ImmutableArray.CreateBuilder<SampledToken>();
        var next = 0;
        for (var index = 0; index < plan.Sequences.Length; index++)
        {
            if (plan.Sequences[index].DraftCount > 0)
                tokens.AddRange(verified[next++]);
            else if (_drawn[index] is { } drawn)
                tokens.Add(drawn);
        }
        return new StepOutput(
            plan.StepNumber, tokens.ToImmutable(),
            _digests.OfType<ulong>().Aggregate(LogitsDigest.Empty, LogitsDigest.Add))
        {
            PromptScores = _scores.ToImmutable(),
        };
    }
}
