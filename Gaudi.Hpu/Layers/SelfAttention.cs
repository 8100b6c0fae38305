using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers;

/// <summary>
/// Projections, optional norms of queries and keys, rotation, attention over the cache, output projection.
/// </summary>
public sealed class SelfAttention : ISequenceMixer
{
    private readonly QkvParallelLinear _qkv;
    private readonly RmsNorm? _queryNorm;
    private readonly RmsNorm? _keyNorm;
    private readonly RotaryEmbedding? _rotary;
    private readonly Attention _attention;
    private readonly RowParallelLinear _output;
    private readonly long _queryWidth;
    private readonly long _keyWidth;
    private readonly int _headDim;

    /// <summary>Builds its ops; the weights are loaded later.</summary>
    /// <param name="ops">Builds them.</param>
    /// <param name="prefix">Checkpoint prefix, such as `model.layers.0.self_attn`.</param>
    /// <param name="shape">Sizes over all ranks.</param>
    /// <param name="rotary">Shared by all layers; null where positions are not told.</param>
    public SelfAttention(LayerOps ops, string prefix, AttentionShape shape, RotaryEmbedding? rotary)
    {
        var queries = shape.HeadCount * shape.HeadDim;
        var keys = shape.KvHeadCount * shape.HeadDim;
        LinearPart Part(string name, int size, int firstRow) => new($"{prefix}.{name}_proj", size)
        {
            Fused = shape.IsQkvFused ? new FusedRows($"{prefix}.qkv_proj", firstRow, queries + (2 * keys)) : null,
        };
        _qkv = ops.Qkv(
            $"{prefix}.qkv_proj", shape.HiddenSize, shape.HasInputBias,
            Part("q", queries, 0), Part("k", keys, queries), Part("v", keys, queries + keys));
        if (shape.QkNormEpsilon is { } epsilon)
        {
            _queryNorm = ops.Norm($"{prefix}.q_norm", shape.HeadDim, epsilon, shape.QkNormKind);
            _keyNorm = ops.Norm($"{prefix}.k_norm", shape.HeadDim, epsilon, shape.QkNormKind);
        }
        _rotary = rotary;
        _attention = ops.Attention(prefix, shape);
        _output = ops.Row($"{prefix}.o_proj", queries, shape.HiddenSize, shape.HasOutputBias);
        _queryWidth = ops.Lane.Share(queries);
        _keyWidth = ops.Lane.Share(keys);
        _headDim = shape.HeadDim;
    }

    /// <inheritdoc />
    public Tensor Forward(Tensor x, Tensor positions, LayerMemory memory, StepRows rows)
    {
        using var scope = NewDisposeScope();
        var qkv = _qkv.Forward(x, rows.Role); // [tokens, (heads + 2 kvHeads) * headDim]
        var parts = qkv.split([_queryWidth, _keyWidth, _keyWidth], 1);
        var query = Norm(_queryNorm, parts[0]); // [tokens, heads * headDim]
        var key = Norm(_keyNorm, parts[1]); // [tokens, kvHeads * headDim]
        var rotated = _rotary?.Forward(positions, query, key) ?? new RotaryOutput(query, key);
        var seen = _attention.Forward(rotated.Query, rotated.Key, parts[2], memory.As<PagedKv>(), rows); // [tokens, heads * headDim]
        return scope.MoveToOuter(_output.Forward(seen, rows.Role)); // [tokens, hidden]
    }

    // A norm of each head by itself.
    private Tensor Norm(RmsNorm? norm, Tensor x) =>
        norm is null ? x : norm.Forward(x.reshape(-1, _headDim), null).Y.reshape(x.shape);
}
