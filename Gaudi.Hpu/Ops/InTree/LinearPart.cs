namespace Gaudi.Hpu.Ops.InTree;

/// <summary>One checkpoint weight of a linear layer; several are stacked where one product serves them all.</summary>
/// <param name="Name">Checkpoint name without `.weight` and `.bias`.</param>
/// <param name="OutputSize">Outputs over all ranks.</param>
public sealed record LinearPart(string Name, int OutputSize)
{
    /// <summary>Where it lies in a tensor of several parts; null where it is a tensor of its own.</summary>
    public FusedRows? Fused { get; init; }

    /// <summary>A slice of the part by itself, as a slice of the tensor it lies in.</summary>
    /// <param name="slice">Along the outputs.</param>
    /// <param name="kind">`weight` or `bias`.</param>
    internal WeightSlice Placed(WeightSlice slice, string kind)
    {
        if (Fused is not { } fused)
            return slice;
        Invariant.That(slice.Dimension == 0, $"{Name}: only a layer sliced by outputs reads from a fused tensor");
        Invariant.That(
            fused.FirstRow >= 0 && fused.FirstRow + OutputSize <= fused.TotalRows,
            $"{Name}: rows {fused.FirstRow} .. {fused.FirstRow + OutputSize} of {fused.Tensor}'s {fused.TotalRows}");
        return slice with
        {
            Name = $"{fused.Tensor}.{kind}",
            Shape = slice.Shape.SetItem(0, fused.TotalRows),
            Start = fused.FirstRow + slice.Start,
        };
    }
}
