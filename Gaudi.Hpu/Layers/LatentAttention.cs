using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers;

/// <summary>
/// Multi-head latent attention. The cache keeps one latent and one rotated key a position, which all heads share: queries go
/// into the latent space, attend there over one key-value head, and what they gather comes back out by each head's values.
/// </summary>
/// <remarks>
/// Source: DeepSeek-AI 2024 (DeepSeek-V2), section 2.1, with the projections of keys and values absorbed as its end describes.
/// The cache keeps the latent once, as the first dimensions of a key, which are its value too: every rank has all of it.
/// </remarks>
public sealed class LatentAttention : ISequenceMixer
{
    private readonly LatentShape _shape;
    private readonly ReplicatedLinear? _queryLatent;
    private readonly RmsNorm? _queryNorm;
    private readonly ColumnParallelLinear _query;
    private readonly ReplicatedLinear _latent;
    private readonly RmsNorm _latentNorm;
    private readonly PerHeadLinear _intoLatent;
    private readonly PerHeadLinear _outOfLatent;
    private readonly RotaryEmbedding _rotary;
    private readonly Attention _attention;
    private readonly RowParallelLinear _output;
    private readonly int _headCount;

    /// <summary>Builds its ops; the weights are loaded later.</summary>
    /// <param name="ops">Builds them.</param>
    /// <param name="prefix">Checkpoint prefix, such as `model.layers.0.self_attn`.</param>
    /// <param name="shape">Sizes over all ranks.</param>
    /// <param name="rotary">Of heads of RopeDim; shared by all layers.</param>
    public LatentAttention(LayerOps ops, string prefix, LatentShape shape, RotaryEmbedding rotary)
    {
        (_shape, _rotary) = (shape, rotary);
        _headCount = ops.Lane.Share(shape.HeadCount);
        var queries = shape.HeadCount * shape.QueryDim;
        if (shape.QueryRank is { } rank)
        {
            _queryLatent = ops.Replicated($"{prefix}.q_a_proj", shape.HiddenSize, rank, shape.HasBias);
            _queryNorm = ops.Norm($"{prefix}.q_a_layernorm", rank, shape.NormEpsilon);
            _query = ops.Column($"{prefix}.q_b_proj", rank, queries, hasBias: false);
        }
        else
            _query = ops.Column($"{prefix}.q_proj", shape.HiddenSize, queries, hasBias: false);
        _latent = ops.Replicated($"{prefix}.kv_a_proj_with_mqa", shape.HiddenSize, shape.CachedDim, shape.HasBias);
        _latentNorm = ops.Norm($"{prefix}.kv_a_layernorm", shape.KvRank, shape.NormEpsilon);
        _intoLatent = ops.PerHead(
            $"{prefix}.kv_b_proj", shape.HeadCount, shape.NopeDim + shape.ValueDim, ..shape.NopeDim, shape.KvRank, isTransposed: true);
        _outOfLatent = ops.PerHead(
            $"{prefix}.kv_b_proj", shape.HeadCount, shape.NopeDim + shape.ValueDim, shape.NopeDim.., shape.KvRank, isTransposed: false);
        _attention = ops.SharedKeyAttention(prefix, shape);
        _output = ops.Row($"{prefix}.o_proj", shape.HeadCount * shape.ValueDim, shape.HiddenSize, shape.HasBias);
    }

    /// <inheritdoc />
    public Tensor Forward(Tensor x, Tensor positions, LayerMemory memory, StepRows rows)
    {
        using var scope = NewDisposeScope();
        var joint = _latent.Forward(x, rows.Role); // [tokens, kvRank + ropeDim]
        var latent = _latentNorm.Forward(joint.narrow(1, 0, _shape.KvRank).contiguous(), null).Y; // [tokens, kvRank]
        var query = Query(x, rows.Role).reshape(rows.Count, _headCount, _shape.QueryDim); // [tokens, heads, queryDim]
        var turning = query.narrow(2, _shape.NopeDim, _shape.RopeDim).reshape(rows.Count, -1); // [tokens, heads * ropeDim]
        var rotated = _rotary.Forward(
            positions, turning.contiguous(), joint.narrow(1, _shape.KvRank, _shape.RopeDim).contiguous());
        var still = query.narrow(2, 0, _shape.NopeDim).reshape(rows.Count, -1); // [tokens, heads * nopeDim]
        var absorbed = _intoLatent.Forward(still.contiguous(), rows.Role); // [tokens, heads * kvRank]
        var whole = cat(
            [
                absorbed.reshape(rows.Count, _headCount, _shape.KvRank),
                rotated.Query.reshape(rows.Count, _headCount, _shape.RopeDim),
            ],
            2).reshape(rows.Count, -1); // [tokens, heads * (kvRank + ropeDim)]
        var key = cat([latent, rotated.Key], 1); // [tokens, kvRank + ropeDim]
        var gathered = _attention.Forward(whole, key, key, memory.As<PagedKv>(), rows); // [tokens, heads * kvRank]
        var values = _outOfLatent.Forward(gathered, rows.Role); // [tokens, heads * valueDim]
        return scope.MoveToOuter(_output.Forward(values, rows.Role)); // [tokens, hidden]
    }

    private Tensor Query(Tensor x, TokenRole role) => _queryLatent is null
        ? _query.Forward(x, role)
        : _query.Forward(_queryNorm!.Forward(_queryLatent.Forward(x, role), null).Y, role); // [tokens, heads * queryDim]
}
