using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// In each head the pair of dimensions i and i + headSize/2 is turned by the token's angle i, in float32, rounded once
/// to the input's type: (x1 cos a - x2 sin a, x2 cos a + x1 sin a). Vision encoders, whose patches have two positions,
/// give the angles themselves.
/// </summary>
/// <remarks>Source: Su et al. 2021, equation 34.</remarks>
[OpName("ApplyRotaryEmb", "apply_rotary_emb")]
public class ApplyRotaryEmbedding(OpSpec spec) : CustomOp<RotaryAnglesForward>(spec)
{
    /// <summary>What it was built from.</summary>
    public new RotaryAnglesSpec Spec { get; } = (RotaryAnglesSpec)spec;

    /// <inheritdoc />
    protected override RotaryAnglesForward ForwardNative => (x, cos, sin) =>
    {
        var half = Spec.HeadSize / 2;
        Invariant.That(
            Spec.HeadSize % 2 == 0 && x.shape.Length == 2 && x.shape[1] % Spec.HeadSize == 0,
            $"{Spec.Prefix}: heads of {Spec.HeadSize}, not [{string.Join(", ", x.shape)}]");
        Invariant.That(
            cos.shape.AsSpan().SequenceEqual([x.shape[0], half]) && sin.shape.AsSpan().SequenceEqual(cos.shape),
            $"{Spec.Prefix}: angles [{x.shape[0]}, {half}], not [{string.Join(", ", cos.shape)}]");
        using var scope = NewDisposeScope();
        var wide = x.to_type(ScalarType.Float32).reshape(x.shape[0], -1, Spec.HeadSize); // [tokens, heads, headSize]
        var x1 = wide.narrow(-1, 0, half); // [tokens, heads, half]
        var x2 = wide.narrow(-1, half, half); // [tokens, heads, half]
        var (c, s) = (cos.unsqueeze(1), sin.unsqueeze(1)); // [tokens, 1, half]
        var y1 = (x1 * c).Minus(x2 * s); // [tokens, heads, half]
        var y2 = (x2 * c).Plus(x1 * s); // [tokens, heads, half]
        return scope.MoveToOuter(cat([y1, y2], -1).reshape(x.shape).to_type(x.dtype));
    };
}
