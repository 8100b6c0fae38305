using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;
using Scalar = TorchSharp.Scalar;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// y = (x - mean) * rsqrt(variance + epsilon) * weight + bias over the last dimension, the variance that of the whole
/// row (divided by hidden, not hidden - 1), in float32, rounded once to x's type.
/// </summary>
/// <remarks>Source: Ba, Kiros and Hinton 2016, equations 3 and 4.</remarks>
[OpName("LayerNorm", "layer_norm")]
public class LayerNorm(OpSpec spec) : CustomOp<LayerNormForward>(spec), IWeighted
{
    // Named, not passed as a number: see TensorSums.
    private readonly Scalar _epsilon = ((LayerNormSpec)spec).Epsilon;
    private readonly Tensor?[] _loaded = new Tensor?[2]; // weight and bias, [hidden] each

    /// <summary>What it was built from.</summary>
    public new LayerNormSpec Spec { get; } = (LayerNormSpec)spec;

    /// <inheritdoc />
    public ImmutableArray<WeightSlice> Slices =>
        [WeightSlice.Whole($"{Spec.Prefix}.weight", Spec.HiddenSize), WeightSlice.Whole($"{Spec.Prefix}.bias", Spec.HiddenSize)];

    /// <inheritdoc />
    public long WeightBytes => 2L * Spec.HiddenSize * Spec.Dtype.ElementSize();

    /// <summary>[hidden]; every rank holds all of it.</summary>
    protected Tensor Weight => Loaded(0);

    /// <summary>[hidden]; every rank holds all of it.</summary>
    protected Tensor Bias => Loaded(1);

    /// <inheritdoc />
    protected override LayerNormForward ForwardNative => x =>
    {
        CheckShape(x);
        using var scope = NewDisposeScope();
        var wide = x.to_type(ScalarType.Float32); // [..., hidden]
        var centred = wide.Minus(wide.mean([-1], keepdim: true)); // [..., hidden]
        var variance = (centred * centred).mean([-1], keepdim: true); // [..., 1]
        var normed = centred * rsqrt(variance.Plus(_epsilon)); // [..., hidden]
        var y = (normed * Weight.to_type(ScalarType.Float32)).Plus(Bias.to_type(ScalarType.Float32)); // [..., hidden]
        return scope.MoveToOuter(y.to_type(x.dtype));
    };

    /// <inheritdoc />
    public void Load(int slice, Tensor values)
    {
        Invariant.That(values.shape.AsSpan().SequenceEqual([Spec.HiddenSize]), $"{Spec.Prefix}: [{Spec.HiddenSize}]");
        _loaded[slice]?.Dispose();
        _loaded[slice] = values.to(Spec.Dtype, Spec.Device, copy: true).DetachFromDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var tensor in _loaded)
            tensor?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Refuses a tensor whose last dimension is not the weight's.</summary>
    protected void CheckShape(Tensor x) => Invariant.That(
        x.shape[^1] == Spec.HiddenSize, $"{Spec.Prefix}: last dimension {Spec.HiddenSize}, not {x.shape[^1]}");

    private Tensor Loaded(int slice) =>
        _loaded[slice] ?? throw new InvariantBrokenException($"{Spec.Prefix}: a weight is loaded before it is used");
}
