namespace Gaudi.Hpu.Ops.InTree;

/// <summary>One checkpoint weight of a linear layer; several are stacked where one product serves them all.</summary>
/// <param name="Name">Checkpoint name without `.weight` and `.bias`.</param>
/// <param name="OutputSize">Outputs over all ranks.</param>
public sealed record LinearPart(string Name, int OutputSize);
