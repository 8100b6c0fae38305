using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Rotates queries and keys by their positions.</summary>
/// <param name="positions">[tokens], int64.</param>
/// <param name="query">[tokens, heads * headSize]. Not changed.</param>
/// <param name="key">[tokens, kvHeads * headSize]. Not changed.</param>
public delegate RotaryOutput RotaryForward(Tensor positions, Tensor query, Tensor key);

/// <summary>Rotated queries and keys, in the inputs' shapes and type; the caller disposes both.</summary>
public readonly record struct RotaryOutput(Tensor Query, Tensor Key);
