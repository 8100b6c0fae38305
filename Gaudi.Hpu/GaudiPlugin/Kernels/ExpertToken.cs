namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>A token that an expert serves.</summary>
/// <param name="Token">Its row, counted from the tile's first.</param>
/// <param name="Expert">From 0, over all ranks.</param>
/// <param name="Weight">How much the expert's output counts.</param>
internal readonly record struct ExpertToken(int Token, int Expert, float Weight);
