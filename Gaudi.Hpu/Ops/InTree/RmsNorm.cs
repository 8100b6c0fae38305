using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;
using Scalar = TorchSharp.Scalar;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// y = x * rsqrt(mean(x^2) + epsilon) * weight over the last dimension, in float32, rounded to x's type.
/// </summary>
/// <remarks>Source: Zhang and Sennrich 2019, equation 4.</remarks>
[OpName("RMSNorm", "rms_norm")]
public class RmsNorm(OpSpec spec) : CustomOp<NormForward>(spec), IWeighted
{
    // Named, not passed as a number: see TensorSums.
    private readonly Scalar _epsilon = ((RmsNormSpec)spec).Epsilon;
    private Tensor? _weight; // [hidden]

    /// <summary>What it was built from.</summary>
    public new RmsNormSpec Spec { get; } = (RmsNormSpec)spec;

    /// <inheritdoc />
    public ImmutableArray<WeightSlice> Slices => [WeightSlice.Whole($"{Spec.Prefix}.weight", Spec.HiddenSize)];

    /// <inheritdoc />
    public long WeightBytes => (long)Spec.HiddenSize * Spec.Dtype.ElementSize();

    /// <summary>[hidden]; every rank holds all of it.</summary>
    protected Tensor Weight =>
        _weight ?? throw new InvariantBrokenException($"{Spec.Prefix}: a weight is loaded before it is used");

    /// <inheritdoc />
    protected override NormForward ForwardNative => (x, residual) =>
    {
        CheckShapes(x, residual);
        using var scope = NewDisposeScope();
        var sum = residual is null ? x : x.Plus(residual); // [..., hidden], rounded to x's type before the norm
        var wide = sum.to_type(ScalarType.Float32); // [..., hidden]
        var meanSquare = (wide * wide).mean([-1], keepdim: true); // [..., 1]
        var y = wide * rsqrt(meanSquare.Plus(_epsilon)) * Scale(); // [..., hidden]
        return Leave(scope, y.to_type(x.dtype), residual is null ? null : sum);
    };

    /// <inheritdoc />
    public void Load(int slice, Tensor values)
    {
        Invariant.That(values.shape.AsSpan().SequenceEqual([Spec.HiddenSize]), $"{Spec.Prefix}: [{Spec.HiddenSize}]");
        _weight?.Dispose();
        _weight = values.to(Spec.Dtype, Spec.Device, copy: true).DetachFromDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _weight?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>What the normed values are multiplied by, in float32: [hidden].</summary>
    protected virtual Tensor Scale() => Weight.to_type(ScalarType.Float32);

    /// <summary>Refuses tensors whose last dimension is not the weight's, or whose shapes differ.</summary>
    protected void CheckShapes(Tensor x, Tensor? residual)
    {
        Invariant.That(
            x.shape[^1] == Spec.HiddenSize, $"{Spec.Prefix}: last dimension {Spec.HiddenSize}, not {x.shape[^1]}");
        Invariant.That(
            residual is null || residual.shape.AsSpan().SequenceEqual(x.shape),
            $"{Spec.Prefix}: a residual of x's shape");
    }

    private static NormOutput Leave(TorchSharp.DisposeScope scope, Tensor y, Tensor? sum) =>
        new(scope.MoveToOuter(y), sum is null ? null : scope.MoveToOuter(sum));
}
