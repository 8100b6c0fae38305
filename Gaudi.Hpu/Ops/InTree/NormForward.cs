using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>A norm over the last dimension.</summary>
/// <param name="x">[..., hidden]. Not changed.</param>
/// <param name="residual">x's shape or null. Added to x, in x's type, before the norm. Not changed.</param>
public delegate NormOutput NormForward(Tensor x, Tensor? residual);

/// <summary>What a norm gives; the caller disposes both.</summary>
/// <param name="Y">The norm, in x's shape and type.</param>
/// <param name="Residual">x + residual; null when no residual was given.</param>
public readonly record struct NormOutput(Tensor Y, Tensor? Residual);
