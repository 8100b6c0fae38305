namespace Gaudi.Hpu.Ops.InTree;

/// <summary>One checkpoint weight of a linear layer; several are stacked where one product serves them all.</summary>
/// <param name="Name">Checkpoint name without `.weight` and `.bias`.</param>
/// <param name="OutputSize">Outputs over all ranks.</param>
public sealed record LinearPart(string Name, int OutputSize)
{
    /// <summary>Where it lies in a tensor of several parts; null where it is a tensor of its own.</summary>
    public FusedRows? Fused { get; init; }

    /// <summary>Checkpoint name of the tensor it lies in, without `.weight` and `.bias`.</summary>
    public string Tensor => Fused?.Tensor ?? Name;
}
