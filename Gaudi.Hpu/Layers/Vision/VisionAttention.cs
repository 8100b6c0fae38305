using System.Collections.Immutable;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers.Vision;

/// <summary>One projection to queries, keys and values, rotation by the patches' places, attention inside each frame.</summary>
public sealed class VisionAttention
{
    private readonly ReplicatedLinear _qkv;
    private readonly ApplyRotaryEmbedding _rotary;
    private readonly MmEncoderAttention _attention;
    private readonly ReplicatedLinear _output;

    /// <summary>Builds its ops; the weights are loaded later.</summary>
    /// <param name="ops">Builds them.</param>
    /// <param name="prefix">Checkpoint prefix, such as `visual.blocks.0.attn`.</param>
    /// <param name="embeddingSize">Width of a patch.</param>
    /// <param name="headCount">Heads; divides the width.</param>
    public VisionAttention(LayerOps ops, string prefix, int embeddingSize, int headCount)
    {
        var headDim = embeddingSize / headCount;
        _qkv = ops.Replicated($"{prefix}.qkv", embeddingSize, 3 * embeddingSize, hasBias: true);
        _rotary = ops.RotaryAngles($"{prefix}.rotary_emb", headDim);
        _attention = ops.EncoderAttention($"{prefix}.attn", headCount, headDim);
        _output = ops.Replicated($"{prefix}.proj", embeddingSize, embeddingSize, hasBias: true);
    }

    /// <summary>Attends from every patch.</summary>
    /// <param name="x">[patches, embedding]. Not changed.</param>
    /// <param name="cos">[patches, headDim / 2].</param>
    /// <param name="sin">[patches, headDim / 2].</param>
    /// <param name="frameStarts">Where frames begin, then the number of patches.</param>
    /// <returns>[patches, embedding]; the caller disposes it.</returns>
    public Tensor Forward(Tensor x, Tensor cos, Tensor sin, ImmutableArray<int> frameStarts)
    {
        using var scope = NewDisposeScope();
        var parts = _qkv.Forward(x, TokenRole.Prompt).chunk(3, 1); // [patches, embedding] each
        var query = _rotary.Forward(parts[0], cos, sin); // [patches, embedding]
        var key = _rotary.Forward(parts[1], cos, sin); // [patches, embedding]
        var seen = _attention.Forward(query, key, parts[2], frameStarts); // [patches, embedding]
        return scope.MoveToOuter(_output.Forward(seen, TokenRole.Prompt)); // [patches, embedding]
    }
}
