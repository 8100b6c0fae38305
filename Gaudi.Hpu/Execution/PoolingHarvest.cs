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

    /// <summary>The output with its vectors, in the plan's order; ranks that disagree on one show it in the digest.</summary>
    /// <exception cref="InvariantBrokenException">A value is not finite.</exception>
    public StepOutput AddTo(StepOutput output)
    {
        ImmutableArray<PooledState> states =
        [
            .. plan.Sequences.Index().Where(one => _vectors[one.Index] is not null)
                .Select(one => new PooledState(one.Item.SequenceId, [.. _vectors[one.Index]!])),
        ];
        if (states.IsEmpty)
            return output;
        Invariant.That(states.All(state => state.Vector.All(float.IsFinite)), "a hidden state is not a number");
        return output with
        {
            Pooled = states,
            LogitsDigest = states.Aggregate(output.LogitsDigest, (digest, state) => LogitsDigest.Add(digest, state.Vector.AsSpan())),
        };
    }
}
