using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers.Vision;

/// <summary>
/// Norms every patch, joins the patches of a square, which are neighbours, to one row, and carries it to the width of the
/// language model: fc2(gelu(fc1(row))).
/// </summary>
/// <remarks>Source: Wang et al. 2024 (Qwen2-VL), section 2.1.</remarks>
public sealed class PatchMerger(LayerOps ops, string prefix, int embeddingSize, int mergeSize, int hiddenSize)
{
    private readonly int _joinedSize = embeddingSize * mergeSize * mergeSize;
    private readonly LayerNorm _norm = ops.LayerNorm($"{prefix}.ln_q", embeddingSize, epsilon: 1e-6);

    private readonly ReplicatedLinear _up = ops.Replicated(
        $"{prefix}.mlp.0", embeddingSize * mergeSize * mergeSize, embeddingSize * mergeSize * mergeSize, hasBias: true);

    private readonly Gelu _activation = ops.Gelu($"{prefix}.mlp.1");

    private readonly ReplicatedLinear _down = ops.Replicated(
        $"{prefix}.mlp.2", embeddingSize * mergeSize * mergeSize, hiddenSize, hasBias: true);

    /// <summary>Merges.</summary>
    /// <param name="x">[patches, embedding], whole squares. Not changed.</param>
    /// <returns>[patches / mergeSize^2, hidden]; the caller disposes it.</returns>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var joined = _norm.Forward(x).reshape(-1, _joinedSize); // [tokens, mergeSize^2 * embedding]
        var wide = _activation.Forward(_up.Forward(joined, TokenRole.Prompt)); // [tokens, mergeSize^2 * embedding]
        return scope.MoveToOuter(_down.Forward(wide, TokenRole.Prompt)); // [tokens, hidden]
    }
}
