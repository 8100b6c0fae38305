using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What a rotary embedding is built from.</summary>
/// <param name="Prefix">Where in the model it sits.</param>
/// <param name="Dtype">Of queries and keys.</param>
/// <param name="Device">Where its table lives.</param>
/// <param name="HeadSize">Dimensions of a head.</param>
/// <param name="RotaryDim">How many of them, from the first on, are rotated; even, at most HeadSize.</param>
/// <param name="MaxPositions">Positions served: 0 .. MaxPositions - 1.</param>
/// <param name="Theta">The base of the frequencies.</param>
/// <param name="IsNeox">True pairs dimension i with i + RotaryDim/2, false (gpt-j) with its neighbour.</param>
public sealed record RotarySpec(
    string Prefix, ScalarType Dtype, Device Device, int HeadSize, int RotaryDim, int MaxPositions, double Theta,
    bool IsNeox)
    : OpSpec(Prefix, Dtype, Device)
{
    /// <summary>What the other classes need beside it; null in the base class.</summary>
    public RotaryScaling? Scaling { get; init; }
}
