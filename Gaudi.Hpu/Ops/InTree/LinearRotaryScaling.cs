namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Every position is divided.</summary>
/// <param name="Factor">By so much.</param>
public sealed record LinearRotaryScaling(double Factor) : RotaryScaling;
