namespace Gaudi.Hpu.Ops.InTree;

/// <summary>The base grows so that the longest wave fits a longer context.</summary>
/// <param name="Factor">How fast it grows with the context.</param>
/// <param name="OriginalMaxPositions">The context length of the first training: up to it, nothing grows.</param>
public sealed record DynamicRotaryScaling(double Factor, int OriginalMaxPositions) : RotaryScaling;
