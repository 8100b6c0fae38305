using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// Adds scale * B (A x) to the rows that have an adapter; the bits of all others stay. A row's bits depend on its own values
/// and its adapter's alone.
/// </summary>
/// <param name="sums">[tokens, outputs of this rank], float32, contiguous: changed in place.</param>
/// <param name="x">[tokens, inputs of this rank], or [tokens] token ids, int64. Not changed.</param>
public delegate void LoraForward(Tensor sums, Tensor x);
