using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers;

/// <summary>The residual stream between two layers: the sum so far, and the addition the next norm makes.</summary>
/// <param name="Addition">[tokens, hidden].</param>
/// <param name="Sum">[tokens, hidden]; null before the first layer, where the addition is all there is.</param>
public readonly record struct ResidualStream(Tensor Addition, Tensor? Sum);
