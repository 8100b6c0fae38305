using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// Multimodal rotary embedding: each pair of dimensions turns by one of three positions. Where all three are the same, as in
/// text, the bits are the plain embedding's.
/// </summary>
/// <remarks>Its positions are [tokens], or [3, tokens]: times, rows, columns. Source: Wang et al. 2024 (Qwen2-VL), section 2.1.</remarks>
[OpName("MRotaryEmbedding", "rotary_embedding_mrope")]
public unsafe class MRotaryEmbedding : RotaryEmbedding
{
    /// <summary>Takes a <see cref="RotarySpec"/> with <see cref="RotarySections"/>.</summary>
    public MRotaryEmbedding(OpSpec spec) : base(spec)
    {
        Sections = (RotarySections)Spec.Scaling!;
        Invariant.That(
            Sections.Fits(Spec.RotaryDim / 2),
            $"{Spec.Prefix}: sections of {Spec.RotaryDim / 2} pairs, not {Sections.Time} + {Sections.Row} + {Sections.Column}"
            + (Sections.IsInterleaved ? " in turns" : ""));
    }

    /// <summary>Which axis turns which pair.</summary>
    protected RotarySections Sections { get; }

    /// <inheritdoc />
    protected override (Tensor Table, Tensor Rows) Angles(Tensor positions)
    {
        if (positions.dim() == 1)
            return base.Angles(positions);
        Invariant.That(
            positions.dim() == 2 && positions.shape[0] == 3,
            $"{Spec.Prefix}: positions [tokens] or [3, tokens], not [{string.Join(", ", positions.shape)}]");
        var count = (int)positions.shape[1];
        var mixed = empty([count, Spec.RotaryDim], ScalarType.Float32, positions.device); // [tokens, rotaryDim]
        var places = positions.contiguous(); // [3, tokens]
        Mix((long*)TensorMemory.Pointer(places), count, (float*)TensorMemory.Pointer(mixed));
        return (mixed, arange(count, ScalarType.Int64));
    }

    // A row of the mixed table takes each pair's cosine and sine from the row of that pair's axis.
    private void Mix(long* places, int count, float* mixed)
    {
        var table = (float*)TensorMemory.Pointer(CosSinCache); // [positions, rotaryDim]
        var half = Spec.RotaryDim / 2;
        for (var token = 0; token < count; token++, mixed += Spec.RotaryDim)
        {
            for (var pair = 0; pair < half; pair++)
            {
                var position = places[(Sections.AxisOf(pair) * (long)count) + token];
                Invariant.That((ulong)position < (ulong)Spec.MaxPositions, $"position {position} of {Spec.MaxPositions}");
                var row = table + (position * Spec.RotaryDim);
                mixed[pair] = row[pair];
                mixed[half + pair] = row[half + pair];
            }
        }
    }
}
