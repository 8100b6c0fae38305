using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// Grouped-query causal attention. Prefill, prefill over a cached past and decode are one thing here: keys and values
/// of the rows go into the cache first, then every row reads positions 0 .. its own from the cache, or the last of them
/// where the layer has a window.
/// </summary>
/// <remarks>Source: Vaswani et al. 2017, equation 1; Ainslie et al. 2023 for the groups.</remarks>
[OpName("Attention", "attention")]
public unsafe class Attention(OpSpec spec) : CustomOp<AttentionForward>(spec), IWeighted
{
    private readonly float[] _sinks = NoSinks((AttentionSpec)spec); // [heads]

    /// <summary>What it was built from.</summary>
    public new AttentionSpec Spec { get; } = (AttentionSpec)spec;

    /// <inheritdoc />
    public ImmutableArray<WeightSlice> Slices => Spec.Sinks is { } sinks ? [sinks] : [];

    /// <inheritdoc />
    public long WeightBytes => Spec.Sinks is null ? 0 : (long)Spec.HeadCount * sizeof(float);

    /// <summary>One a head, in float32; minus infinity where the model has none.</summary>
    protected ReadOnlySpan<float> Sinks => _sinks;

    /// <inheritdoc />
    protected override AttentionForward ForwardNative => (query, key, value, cache, rows) =>
    {
        Check(query, key, value, cache, rows);
        using var scope = NewDisposeScope();
        KvWriter.Store(key, value, cache, rows);
        var wide = query.to_type(ScalarType.Float32).contiguous(); // [tokens, heads * headDim]
        var output = empty([rows.Count, Spec.HeadCount * Spec.ValueDim], ScalarType.Float32, query.device);
        if (cache.Scales is not null)
            Attend<StoredE4m3>(wide, cache, rows, output);
        else if (cache.Dtype == ScalarType.BFloat16)
            Attend<StoredBfloat16>(wide, cache, rows, output);
        else
            Attend<StoredFloat32>(wide, cache, rows, output);
        return scope.MoveToOuter(output.to_type(query.dtype));
    };

    /// <inheritdoc />
    public void Load(int slice, Tensor values)
    {
        Invariant.That(values.shape.AsSpan().SequenceEqual([Spec.HeadCount]), $"{Spec.Prefix}: a sink a head");
        using var wide = values.to_type(ScalarType.Float32).contiguous(); // [heads]
        new ReadOnlySpan<float>((float*)TensorMemory.Pointer(wide), Spec.HeadCount).CopyTo(_sinks);
    }

    /// <inheritdoc />
    public void Dispose() => GC.SuppressFinalize(this);

    private static float[] NoSinks(AttentionSpec spec)
    {
        var sinks = new float[spec.HeadCount];
        Array.Fill(sinks, float.NegativeInfinity);
        return sinks;
    }

    private void Attend<TStored>(Tensor query, PagedKv cache, StepRows rows, Tensor output)
        where TStored : struct, IWidenedFloat
    {
        // Codes are widened exactly; their scale, the same for all, multiplies what was summed over them.
        var shape = new ScoreShape(Spec.Scale * (cache.Scales?.Key ?? 1), Spec.SoftCap, 0);
        var scores = empty(
            [PagedSoftmax.ScoreRoom(rows.Positions.Max())], ScalarType.Float32, query.device); // [positions]
        var padded = zeros([2, cache.PaddedHeadDim], ScalarType.Float32, query.device); // a query and an output
        var from = (float*)TensorMemory.Pointer(query);
        var to = (float*)TensorMemory.Pointer(output);
        var one = (float*)TensorMemory.Pointer(padded);
        var (headBytes, valueBytes) = (Spec.HeadDim * sizeof(float), Spec.ValueDim * sizeof(float));
        for (var row = 0; row < rows.Count; row++)
        {
            for (var head = 0; head < Spec.HeadCount; head++, from += Spec.HeadDim, to += Spec.ValueDim)
            {
                Buffer.MemoryCopy(from, one, headBytes, headBytes);
                PagedSoftmax.Attend<TStored>(
                    one, cache.Head(head / (Spec.HeadCount / Spec.KvHeadCount)), rows.BlockTables[row].AsSpan(),
                    SeenPositions.Of(rows.Positions[row], Spec.WindowTokens), shape with { Sink = _sinks[head] },
                    (float*)TensorMemory.Pointer(scores), one + cache.PaddedHeadDim);
                Buffer.MemoryCopy(one + cache.PaddedHeadDim, to, valueBytes, valueBytes);
                for (var d = 0; cache.Scales is { } scales && d < Spec.ValueDim; d++)
                    to[d] *= scales.Value;
            }
        }
    }

    private void Check(Tensor query, Tensor key, Tensor value, PagedKv cache, StepRows rows)
    {
        Invariant.That(
            query.shape.AsSpan().SequenceEqual([rows.Count, Spec.HeadCount * Spec.HeadDim]), $"{Spec.Prefix}: query");
        Invariant.That(
            key.shape.AsSpan().SequenceEqual([rows.Count, Spec.KvHeadCount * Spec.HeadDim]), $"{Spec.Prefix}: key");
        Invariant.That(value.shape.AsSpan().SequenceEqual(key.shape), $"{Spec.Prefix}: value");
        Invariant.That(
            cache.KvHeadCount == Spec.KvHeadCount && cache.HeadDim == Spec.HeadDim,
            $"{Spec.Prefix}: cache {Spec.KvHeadCount} x {Spec.HeadDim}, not {cache.KvHeadCount} x {cache.HeadDim}");
        Invariant.That(
            cache.SharedValueDim == Spec.SharedValueDim,
            $"{Spec.Prefix}: a cache whose values are {Spec.SharedValueDim?.ToString() ?? "no"} dimensions of keys, not "
            + (cache.SharedValueDim?.ToString() ?? "none"));
        Invariant.That(
            Spec.HeadCount % Spec.KvHeadCount == 0,
            $"{Spec.Prefix}: {Spec.HeadCount} heads over {Spec.KvHeadCount} key-value heads");
    }
}
