using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Attention without a mask inside each segment: every token sees its own segment and no other.</summary>
/// <param name="query">[tokens, heads * headDim]. Not changed.</param>
/// <param name="key">[tokens, kvHeads * headDim]. Not changed.</param>
/// <param name="value">[tokens, kvHeads * headDim]. Not changed.</param>
/// <param name="segmentStarts">
/// Where segments begin, then the number of tokens: strictly ascending from 0 to tokens. [0, tokens] is one segment.
/// </param>
/// <returns>[tokens, heads * headDim] in the query's type, whatever the segments; the caller disposes it.</returns>
public delegate Tensor EncoderAttentionForward(
    Tensor query, Tensor key, Tensor value, ImmutableArray<int> segmentStarts);
