using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Turns heads by angles that are given, not looked up by one position.</summary>
/// <param name="x">[tokens, heads * headSize]. Not changed.</param>
/// <param name="cos">[tokens, headSize / 2], float32: the cosine for each pair. Not changed.</param>
/// <param name="sin">[tokens, headSize / 2], float32. Not changed.</param>
/// <returns>x's shape and type; the caller disposes it.</returns>
public delegate Tensor RotaryAnglesForward(Tensor x, Tensor cos, Tensor sin);
