namespace Gaudi.Hpu.Ops.InTree;

/// <summary>The base grows so that the longest wave fits a longer context.</summary>
/// <param name="Factor">How many times longer than the first training's.</param>
public sealed record DynamicRotaryScaling(double Factor) : RotaryScaling;
