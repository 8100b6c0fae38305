using System.Collections.Immutable;

namespace Gaudi.Hpu.Execution;

/// <summary>What a step's hidden states give to the sequences that are pooled. One step each.</summary>
internal sealed class PoolingHarvest(StepPlan plan)
{
    private readonly float[]?[] _vectors = new float[]?[plan.Sequences.Length];

    /// <summary>Takes one row; those of a sequence come with ascending positions.</summary>
    public void Take(StepDraw row, ReadOnlySpan<float> state)
    {
        var pooling = plan.Sequences[row.SequenceIndex].Pooling!;
        if (pooling.Mode == PoolingMode.LastToken || (_vectors[row.SequenceIndex] is null && pooling.Sum.IsEmpty))
        {
            _vectors[row.SequenceIndex] = state.ToArray();
            return;
        }
        var sum = _vectors[row.SequenceIndex] ??= [.. pooling.Sum];
        Invariant.That(sum.Length == state.Length, $"a sum of {sum.Length} values for hidden states of {state.Length}");
        for (var i = 0; i < sum.Length; i++)
            sum[i] += state[i];
    }

    /// <summary>In the plan's order.</summary>
    public ImmutableArray<PooledState> States =>
    [
        .. plan.Sequences.Index().Where(one => _vectors[one.Index] is not null)
            .Select(one => new PooledState(one.Item.SequenceId, [.. _vectors[one.Index]!])),
    ];
}
