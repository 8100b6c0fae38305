using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// Rotary position embedding: the pair (x1, x2) at position p becomes (x1 cos a - x2 sin a, x2 cos a + x1 sin a) with
/// the angle a = p * theta^(-2i/rotaryDim), in float32, rounded to the inputs' type. Dimensions past rotaryDim are
/// copied.
/// </summary>
/// <remarks>
/// Source: Su et al. 2021, equation 34. Angles are float32 products, as in the engines models are trained with.
/// </remarks>
[OpName("RotaryEmbedding", "rotary_embedding")]
public class RotaryEmbedding : CustomOp<RotaryForward>, IDisposable
{
    /// <summary>Takes a <see cref="RotarySpec"/>.</summary>
    public RotaryEmbedding(OpSpec spec) : base(spec)
    {
        Spec = (RotarySpec)spec;
        Invariant.That(
            Spec.RotaryDim % 2 == 0 && Spec.RotaryDim > 0 && Spec.RotaryDim <= Spec.HeadSize,
            $"an even rotary dimension up to {Spec.HeadSize}, not {Spec.RotaryDim}");
        CosSinCache = BuildCache();
    }

    /// <summary>What it was built from.</summary>
    public new RotarySpec Spec { get; }

    /// <summary>[maxPositions, rotaryDim] in float32: the cosines of a position, then its sines.</summary>
    protected Tensor CosSinCache { get; }

    /// <inheritdoc />
    protected override RotaryForward ForwardNative => (positions, query, key) =>
    {
        using var scope = NewDisposeScope();
        var (table, at) = Angles(positions);
        var angles = table.index_select(0, at).unsqueeze(1); // [tokens, 1, rotaryDim]
        var halves = angles.chunk(2, -1); // cosines and sines: [tokens, 1, rotaryDim / 2]
        return new RotaryOutput(
            scope.MoveToOuter(Rotate(query, halves[0], halves[1])),
            scope.MoveToOuter(Rotate(key, halves[0], halves[1])));
    };

    /// <inheritdoc />
    public void Dispose()
    {
        CosSinCache.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A table of cosines, then sines, and the row of it that each token turns by. The caller's scope owns what is made.</summary>
    /// <param name="positions">[tokens], int64, each a position of the cache.</param>
    protected virtual (Tensor Table, Tensor Rows) Angles(Tensor positions)
    {
        Invariant.That(positions.dim() == 1, $"{Spec.Prefix}: one position a token, not [{string.Join(", ", positions.shape)}]");
        return (CosSinCache, positions);
    }

    /// <summary>Multiplies cosines and sines; 1 but where a scaling class says otherwise.</summary>
    protected virtual double ValueFactor => 1;

    /// <summary>The angle of each pair at a position: the position times its frequency.</summary>
    /// <param name="position">From 0.</param>
    /// <param name="frequencies">[rotaryDim / 2].</param>
    /// <param name="angles">[rotaryDim / 2]. Filled.</param>
    protected virtual void FillAngles(int position, ReadOnlySpan<float> frequencies, Span<float> angles)
    {
        for (var i = 0; i < angles.Length; i++)
            angles[i] = position * frequencies[i];
    }

    /// <summary>theta^(-2i/rotaryDim) for i from 0, in float32. The scaling classes change them.</summary>
    protected virtual float[] InverseFrequencies() => Frequencies(Spec.Theta, Spec.RotaryDim);

    /// <summary>theta^(-2i/dim) for i from 0, in float32: dim / 2 of them.</summary>
    protected static float[] Frequencies(double theta, int dim) =>
        [.. Enumerable.Range(0, dim / 2).Select(i => (float)Math.Pow(theta, -2.0 * i / dim))];

    private Tensor Rotate(Tensor x, Tensor cos, Tensor sin)
    {
        Invariant.That(x.shape[^1] % Spec.HeadSize == 0, $"heads of {Spec.HeadSize}, not {x.shape[^1]} values");
        var wide = x.to_type(ScalarType.Float32).reshape(x.shape[0], -1, Spec.HeadSize); // [tokens, heads, headSize]
        var turning = wide.narrow(-1, 0, Spec.RotaryDim); // [tokens, heads, rotaryDim]
        var rest = wide.narrow(
            -1, Spec.RotaryDim, Spec.HeadSize - Spec.RotaryDim); // [tokens, heads, headSize - rotaryDim]
        var half = Spec.RotaryDim / 2;
        var x1 = Spec.IsNeox
            ? turning.narrow(-1, 0, half)
            : turning.slice(-1, 0, Spec.RotaryDim, 2); // [tokens, heads, half]
        var x2 = Spec.IsNeox
            ? turning.narrow(-1, half, half)
            : turning.slice(-1, 1, Spec.RotaryDim, 2); // [tokens, heads, half]
        var y1 = (x1 * cos).Minus(x2 * sin); // [tokens, heads, half]
        var y2 = (x2 * cos).Plus(x1 * sin); // [tokens, heads, half]
        var turned = Spec.IsNeox
            ? cat([y1, y2], -1)
            : stack([y1, y2], -1).reshape(turning.shape); // [tokens, heads, rotaryDim]
        return cat([turned, rest], -1).reshape(x.shape).to_type(x.dtype); // x's shape
    }

    private Tensor BuildCache()
    {
        var frequencies = InverseFrequencies();
        var half = Spec.RotaryDim / 2;
        var angles = new float[half];
        var values = new float[(long)Spec.MaxPositions * Spec.RotaryDim];
        for (var position = 0; position < Spec.MaxPositions; position++)
        {
            var row = values.AsSpan(position * Spec.RotaryDim, Spec.RotaryDim);
            FillAngles(position, frequencies, angles);
            for (var i = 0; i < half; i++)
            {
                row[i] = (float)(Math.Cos(angles[i]) * ValueFactor);
                row[i + half] = (float)(Math.Sin(angles[i]) * ValueFactor);
            }
        }
        return tensor(values, [Spec.MaxPositions, Spec.RotaryDim], device: Spec.Device).DetachFromDisposeScope();
    }
}
