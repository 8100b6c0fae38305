using System.Collections.Immutable;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers.Vision;

/// <summary>x + attention(norm1(x)), then x + fc2(quickGelu(fc1(norm2(x)))).</summary>
/// <remarks>Source: Dosovitskiy et al. 2021, equations 2 and 3.</remarks>
public sealed class VisionBlock(LayerOps ops, string prefix, int embeddingSize, int headCount, int mlpSize)
{
    private const double Epsilon = 1e-6;

    private readonly LayerNorm _attentionNorm = ops.LayerNorm($"{prefix}.norm1", embeddingSize, Epsilon);
    private readonly VisionAttention _attention = new(ops, $"{prefix}.attn", embeddingSize, headCount);
    private readonly LayerNorm _mlpNorm = ops.LayerNorm($"{prefix}.norm2", embeddingSize, Epsilon);
    private readonly ReplicatedLinear _up = ops.Replicated($"{prefix}.mlp.fc1", embeddingSize, mlpSize, hasBias: true);
    private readonly QuickGelu _activation = ops.QuickGelu($"{prefix}.mlp.act");
    private readonly ReplicatedLinear _down = ops.Replicated($"{prefix}.mlp.fc2", mlpSize, embeddingSize, hasBias: true);

    /// <summary>Carries the patches one block on.</summary>
    /// <param name="x">[patches, embedding]. Not changed.</param>
    /// <param name="cos">[patches, headDim / 2].</param>
    /// <param name="sin">[patches, headDim / 2].</param>
    /// <param name="frameStarts">Where frames begin, then the number of patches.</param>
    /// <returns>[patches, embedding]; the caller disposes it.</returns>
    public Tensor Forward(Tensor x, Tensor cos, Tensor sin, ImmutableArray<int> frameStarts)
    {
        using var scope = NewDisposeScope();
        var attended = _attention.Forward(_attentionNorm.Forward(x), cos, sin, frameStarts); // [patches, embedding]
        var middle = x.Plus(attended); // [patches, embedding]
        var wide = _activation.Forward(_up.Forward(_mlpNorm.Forward(middle), TokenRole.Prompt)); // [patches, mlp]
        return scope.MoveToOuter(middle.Plus(_down.Forward(wide, TokenRole.Prompt))); // [patches, embedding]
    }
}
