using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>
/// A weight as checkpoints of `quant_method` fp8 keep it: `weight` [outputs, inputs] in float8 e4m3; `weight_scale_inv`, one for
/// each block, or `weight_scale`, one for each output or a single one; `input_scale` where activations are scaled statically.
/// Activations are rounded to float8, too, and both factors are widened to float32, each rounded once at most.
/// </summary>
/// <remarks>
/// Source: vllm-gaudi, `hpu_fp8` (as of 2026-08): op modules 4.9 and 4.11. A row of activations has one scale; where the inputs are
/// split over ranks, one for each of the fixed shards of <see cref="SummationShards"/>, so that no rank asks another and the group
/// size changes no bit.
/// </remarks>
[OpName("Fp8LinearMethod", "fp8_linear_method")]
public class Fp8LinearMethod : WidenedLinearMethod
{
    private readonly Fp8Loading _loading;

    /// <summary>Takes no memory for the weight until it is loaded.</summary>
    public Fp8LinearMethod(OpSpec spec) : base(spec, ((Fp8LinearSpec)spec).Share)
    {
        Spec = (Fp8LinearSpec)spec;
        _loading = new Fp8Loading(Spec);
        Weight = new Fp8Weight(Share.OutputCount, [.. _loading.Groups], Spec.Device);
    }

    /// <summary>What it was built from.</summary>
    public new Fp8LinearSpec Spec { get; }

    /// <inheritdoc />
    public override long WeightBytes => Weight.Bytes;

    /// <summary>Codes and scales.</summary>
    internal Fp8Weight Weight { get; }

    /// <summary>The scale of all activations; null where they are scaled as they come.</summary>
    internal float? InputScale { get; private set; }

    /// <inheritdoc />
    public override long ScratchBytes(int rowCount) => base.ScratchBytes(rowCount) + RowBytes(rowCount);

    /// <summary>Bytes of the rounded rows.</summary>
    private protected long RowBytes(int rowCount) => (long)rowCount * Weight.InputCount * sizeof(float);

    /// <inheritdoc />
    public override void Dispose()
    {
        Weight.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc />
    public override unsafe Tensor Widened()
    {
        var wide = empty([Weight.OutputCount, Weight.InputCount], ScalarType.Float32, Spec.Device); // [outputs, inputs]
        var to = (float*)TensorMemory.Pointer(wide);
        for (var output = 0; output < Weight.OutputCount; output++)
        {
            var (panel, lane) = Math.DivRem(output, PackedMatrix.PanelOutputs);
            for (var k = 0; k < Weight.InputCount; k++)
            {
                var code = Weight.Codes(panel)[(k * (long)PackedMatrix.PanelOutputs) + lane];
                *to++ = E4m3.Decode(code) * Weight.Scales(panel)[(Weight.Groups[k] * (long)PackedMatrix.PanelOutputs) + lane];
            }
        }
        return wide;
    }

    private protected override IEnumerable<WeightSlice> SlicesOf(LinearPart part) => _loading.Slices(part);

    // Scales come first: codes are brought into the card's range as they come.
    private protected override void Load(int part, int kind, Tensor values)
    {
        switch (kind)
        {
            case 0:
                _loading.TakeScales(part, values);
                break;
            case 1:
                var (codes, scales) = _loading.Rows(part, values);
                Weight.Fill(Share.FirstOutput(part), codes, scales);
                break;
            default:
                // The largest of all parts of the product: none is cut.
                InputScale = Math.Max(InputScale ?? 0, _loading.InputScale(part, values));
                break;
        }
    }

    /// <inheritdoc />
    private protected override unsafe Tensor Rows(Tensor x)
    {
        using var scope = NewDisposeScope();
        var rows = x.to_type(ScalarType.Float32, copy: true).contiguous(); // [tokens, inputs]
        var codes = new byte[Weight.InputCount];
        for (var token = 0L; token < rows.shape[0]; token++)
        {
            var row = new Span<float>((float*)TensorMemory.Pointer(rows) + (token * Weight.InputCount), Weight.InputCount);
            if (InputScale is { } scale)
            {
                Fp8Scales.QuantizeStatic(row, scale, Spec.Rules.Range, codes);
                Widen(codes, scale, row);
            }
            else if (Share.Split == LinearSplit.Inputs)
            {
                for (var shard = 0; shard + 1 < Boundaries.Length; shard++)
                    RoundByLargest(row[Boundaries[shard]..Boundaries[shard + 1]], codes);
            }
            else
                RoundByLargest(row, codes);
        }
        return scope.MoveToOuter(rows);
    }

    private void RoundByLargest(Span<float> values, Span<byte> codes)
    {
        var own = codes[..values.Length];
        Widen(own, Fp8Scales.QuantizeToken(values, Spec.Rules.Range, own), values);
    }

    private static void Widen(ReadOnlySpan<byte> codes, float scale, Span<float> values)
    {
        E4m3.Decode(codes, values);
        foreach (ref var value in values)
            value *= scale;
    }
}
