using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>How a checkpoint names the weights of experts and lays them out.</summary>
public abstract record ExpertLayout
{
    /// <summary>
    /// What a rank reads, in order, each with its place. Tensors of other ranks' experts are among them with length 0,
    /// so that names and shapes of all are checked.
    /// </summary>
    internal abstract IEnumerable<ExpertPiece> Pieces(FusedMoeSpec spec);

    /// <summary>Gate, up and down layer of an expert by their names without a suffix; none where it has no tensors of its own.</summary>
    public virtual ImmutableArray<string> LayersOf(FusedMoeSpec spec, int expert) => [];

    /// <summary>What a rank reads of a tensor of one expert: its share, or with whole experts on each rank all or nothing.</summary>
    private protected static WeightSlice ShareOf(FusedMoeSpec spec, int expert, string name, long[] shape, int dimension)
    {
        if (!spec.IsExpertParallel)
            return WeightSlice.Share(name, [.. shape], dimension, spec.Lane.Rank, spec.Lane.WorldSize);
        return spec.Owns(expert) ? WeightSlice.Whole(name, [.. shape]) : new WeightSlice(name, [.. shape], 0, 0, 0);
    }

    /// <summary>A slice of a tensor that has experts one after another in its first dimension.</summary>
    /// <param name="slice">What the rank reads.</param>
    /// <param name="firstExpert">Whose values come first, over all ranks.</param>
    /// <param name="place">Copies one expert's values to their place.</param>
    private protected static ExpertPiece EachExpert(
        WeightSlice slice, int firstExpert, Action<ExpertWeights, int, Tensor> place) => new(slice, (own, values) =>
    {
        for (var i = 0; i < values.shape[0]; i++)
        {
            using var scope = NewDisposeScope();
            place(own, firstExpert + i, values.select(0, i));
        }
    });
}
