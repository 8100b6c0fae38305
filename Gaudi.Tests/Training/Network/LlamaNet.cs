using Gaudi.Hpu.Ops;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Gaudi.Tests.Training.Network;

/// <summary>The forward pass of a Llama model, plain and differentiable. Does not own the weights.</summary>
/// <param name="usesBfloat16">Whether matrix products run in bfloat16: about twice the speed in training. Norms, rotary
/// positions, attention and the residual stream stay float32.</param>
/// <param name="adapter">Added to the linear layers it has factors for; null for the weights alone.</param>
public sealed class LlamaNet(LlamaWeights weights, bool usesBfloat16, LoraAdapter? adapter = null) : IDisposable
{
    /// <summary>Kept alive here: TorchSharp 0.107 lets the collector free a passing Scalar during the native call,
    /// which was seen as "Unknown scalar type".</summary>
    private static readonly Scalar NormEpsilon = LlamaShape.RmsNormEpsilon;

    private readonly LlamaShape _shape = weights.Shape;
    private readonly Rotary _rotary = new(weights.Shape.HeadDim, LlamaShape.RopeTheta, LlamaShape.PositionsMax);

    /// <summary>The last hidden state of every token, normed; the scope of the caller owns it.</summary>
    /// <param name="ids">[batch, tokens], int64.</param>
    /// <param name="cache">Earlier tokens of the sequences, or null. After the first call, one token a call.</param>
    /// <returns>[batch, tokens, hidden].</returns>
    public Tensor Forward(Tensor ids, KvCache? cache = null)
    {
        var embedded = weights["model.embed_tokens.weight"].index_select(0, ids.flatten()); // [batch * tokens, hidden]
        var x = embedded.view(ids.shape[0], ids.shape[1], _shape.Hidden); // [batch, tokens, hidden]
        var start = cache?.Length ?? 0;
        for (var i = 0; i < _shape.LayerCount; i++)
        {
            var layer = $"model.layers.{i}.";
            x = x.Plus(Attend(Norm(x, layer + "input_layernorm.weight"), i, start, cache)); // [batch, tokens, hidden]
            x = x.Plus(FeedForward(Norm(x, layer + "post_attention_layernorm.weight"), layer)); // [batch, tokens, hidden]
        }

        return Norm(x, "model.norm.weight"); // [batch, tokens, hidden]
    }

    /// <summary>Scores of every token of the vocabulary, by the tied embedding.</summary>
    /// <param name="hidden">[..., hidden].</param>
    /// <returns>[..., vocabulary], float32; the scope of the caller owns it.</returns>
    public Tensor Logits(Tensor hidden) => Project(hidden, "model.embed_tokens.weight");

    /// <inheritdoc/>
    public void Dispose() => _rotary.Dispose();

    private Tensor Attend(Tensor x, int layerIndex, long start, KvCache? cache)
    {
        var layer = $"model.layers.{layerIndex}.self_attn.";
        var q = Heads(Project(x, layer + "q_proj.weight"), _shape.HeadCount); // [batch, heads, tokens, headDim]
        var k = Heads(Project(x, layer + "k_proj.weight"), _shape.KvHeadCount); // [batch, kvHeads, tokens, headDim]
        var v = Heads(Project(x, layer + "v_proj.weight"), _shape.KvHeadCount); // [batch, kvHeads, tokens, headDim]
        q = _rotary.Turn(q, start); // [batch, heads, tokens, headDim]
        k = _rotary.Turn(k, start); // [batch, kvHeads, tokens, headDim]
        if (cache is not null)
        {
            (k, v) = cache.Join(layerIndex, k, v);
        }

        // [batch, heads, tokens, headDim]; a single new token may see all, so only a first pass needs the causal mask.
        var mixed = functional.scaled_dot_product_attention(q, Spread(k), Spread(v), is_casual: start == 0);
        var joined = mixed.transpose(1, 2).reshape(x.shape[0], x.shape[1], -1); // [batch, tokens, heads * headDim]
        return Project(joined, layer + "o_proj.weight"); // [batch, tokens, hidden]
    }

    private Tensor FeedForward(Tensor x, string layer)
    {
        var gate = ProjectRaw(x, layer + "mlp.gate_proj.weight"); // [batch, tokens, intermediate]
        var up = ProjectRaw(x, layer + "mlp.up_proj.weight"); // [batch, tokens, intermediate]
        return Project(functional.silu(gate) * up, layer + "mlp.down_proj.weight"); // [batch, tokens, hidden]
    }

    private Tensor Norm(Tensor x, string name)
    {
        var meanSquare = x.square().mean([-1], keepdim: true); // [batch, tokens, 1]
        return x * meanSquare.Plus(NormEpsilon).rsqrt() * weights[name]; // [batch, tokens, hidden]
    }

    private Tensor Heads(Tensor x, int headCount) =>
        x.view(x.shape[0], x.shape[1], headCount, _shape.HeadDim).transpose(1, 2); // [batch, heads, tokens, headDim]

    /// <summary>Repeats each key or value head for the query heads that share it.</summary>
    private Tensor Spread(Tensor x) => _shape.HeadCount == _shape.KvHeadCount
        ? x
        : x.repeat_interleave(_shape.HeadCount / _shape.KvHeadCount, 1); // [batch, heads, tokens, headDim]

    private Tensor Project(Tensor x, string name) => ProjectRaw(x, name).to(ScalarType.Float32);

    private Tensor ProjectRaw(Tensor x, string name)
    {
        var y = Multiply(x, weights[name]); // [..., out]
        return adapter?.FactorsOf(name) is { } factors
            ? y.Plus(Multiply(Multiply(x, factors.A), factors.B).mul(adapter.Scale)) // [..., out]
            : y;
    }

    private Tensor Multiply(Tensor x, Tensor weight) => usesBfloat16
        ? functional.linear(x.to(ScalarType.BFloat16), weight.to(ScalarType.BFloat16))
        : functional.linear(x, weight);
}
