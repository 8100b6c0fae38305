using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// A linear layer of each head by itself: no head sees another, so a rank has its heads whole and the group size changes no
/// bit. Multi-head latent attention goes through it into the latent space and back. A quantized weight is widened once it is
/// loaded.
/// </summary>
/// <remarks>Its forward takes [tokens, heads of this rank * inputs] and gives [tokens, heads of this rank * outputs].</remarks>
[OpName("PerHeadLinear", "per_head_linear")]
public class PerHeadLinear : CustomOp<LinearForward>, IWeighted
{
    private readonly PackedMatrix[] _weights; // [heads of this rank]: [outputs, inputs]
    private readonly int[] _boundaries;

    /// <summary>Takes a <see cref="PerHeadSpec"/>.</summary>
    public PerHeadLinear(OpSpec spec) : base(spec)
    {
        Spec = (PerHeadSpec)spec;
        _weights = [.. Enumerable.Range(0, Spec.Lane.Share(Spec.HeadCount)).Select(
            _ => new PackedMatrix(Spec.OutputSize, Spec.InputSize, Spec.Dtype, Spec.Device))];
        _boundaries = SummationShards.Boundaries(Spec.InputSize, part: 0, partCount: 1);
    }

    /// <summary>What it was built from.</summary>
    public new PerHeadSpec Spec { get; }

    /// <inheritdoc />
    public ImmutableArray<WeightSlice> Slices => Spec.Method?.Slices ??
    [
        WeightSlice.Share(
            $"{Spec.Prefix}.weight", [(long)Spec.HeadCount * Spec.RowsPerHead, Spec.ColumnCount], 0, Spec.Lane.Rank,
            Spec.Lane.WorldSize),
    ];

    /// <inheritdoc />
    public long WeightBytes => _weights.Length * PackedMatrix.BytesOf(Spec.OutputSize, Spec.InputSize, Spec.Dtype);

    /// <inheritdoc />
    protected override LinearForward ForwardNative => (x, _) =>
    {
        Invariant.That(
            x.shape.AsSpan().SequenceEqual([x.shape[0], _weights.Length * Spec.InputSize]),
            $"{Spec.Prefix}: {_weights.Length} heads of {Spec.InputSize}, not [{string.Join(", ", x.shape)}]");
        using var scope = NewDisposeScope();
        var wide = x.to_type(ScalarType.Float32); // [tokens, heads * inputs]
        var heads = _weights.Select((weight, head) =>
            Multiply(wide.narrow(1, (long)head * Spec.InputSize, Spec.InputSize).contiguous(), weight)).ToArray();
        return scope.MoveToOuter(cat(heads, 1).to_type(x.dtype)); // [tokens, heads * outputs]
    };

    /// <inheritdoc />
    public void Load(int slice, Tensor values)
    {
        if (Spec.Method is not { } method)
        {
            Fill(values);
            return;
        }
        method.Load(slice, values);
        if (slice < method.Slices.Length - 1)
            return;
        using (var wide = method.Widened())
            Fill(wide);
        method.Dispose();
    }

    // Of this rank's heads, one after another.
    private void Fill(Tensor values)
    {
        using var scope = NewDisposeScope();
        var (first, count) = Spec.Rows.GetOffsetAndLength(Spec.RowsPerHead);
        for (var head = 0; head < _weights.Length; head++)
        {
            var rows = values.narrow(0, ((long)head * Spec.RowsPerHead) + first, count); // [rows, columns]
            _weights[head].Fill(0, Spec.IsTransposed ? rows.t().contiguous() : rows);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Spec.Method?.Dispose();
        foreach (var weight in _weights)
            weight.Dispose();
        GC.SuppressFinalize(this);
    }

    private unsafe Tensor Multiply(Tensor x, PackedMatrix weight)
    {
        var y = empty([x.shape[0], Spec.OutputSize], ScalarType.Float32, x.device); // [tokens, outputs]
        MatrixProduct.Multiply(
            (float*)TensorMemory.Pointer(x), (int)x.shape[0], weight, _boundaries, (float*)TensorMemory.Pointer(y));
        return y;
    }
}
