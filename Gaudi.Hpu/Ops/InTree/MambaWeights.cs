using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>One rank's weights of a state space layer, in float32, padded like the rows they meet.</summary>
internal sealed unsafe class MambaWeights : IDisposable
{
    private readonly MambaSpec _spec;
    private readonly MambaSizes _own;
    private readonly HashSet<int> _missing;
    private Tensor? _values; // conv [width, channels] | conv bias [channels] | A | D | dt bias [heads each]

    /// <summary>Takes no memory until the first slice is loaded.</summary>
    public MambaWeights(MambaSpec spec, MambaSizes own)
    {
        (_spec, _own) = (spec, own);
        Slices = [.. SlicesOf(spec)];
        _missing = [.. Enumerable.Range(0, Slices.Length)];
    }

    /// <summary>Convolution of x, B, C; its bias of the same; A_log, D, dt_bias.</summary>
    public ImmutableArray<WeightSlice> Slices { get; }

    /// <summary>Of one rank.</summary>
    public MambaSizes Sizes => _own;

    /// <summary>[width, channels].</summary>
    public float* Conv { get; private set; }

    /// <summary>[channels]; zeros where there is none.</summary>
    public float* ConvBias => Conv + (_own.ConvWidth * _own.PaddedChannels);

    /// <summary>[heads]: -e^(A_log).</summary>
    public float* A => ConvBias + _own.PaddedChannels;

    /// <summary>[heads].</summary>
    public float* D => A + _own.HeadCount;

    /// <summary>[heads].</summary>
    public float* TimeStepBias => D + _own.HeadCount;

    /// <summary>Whether every slice has come.</summary>
    public bool IsLoaded => _missing.Count == 0;

    /// <summary>Bytes of one rank's weights.</summary>
    public static long BytesOf(MambaSizes own) => sizeof(float) * Count(own);

    /// <summary>Takes a slice over.</summary>
    public void Load(int slice, Tensor values)
    {
        using var scope = NewDisposeScope();
        Invariant.That(
            values.shape[0] == Slices[slice].Length,
            $"{Slices[slice].Name}: {Slices[slice].Length} rows, not {values.shape[0]}");
        _values ??= zeros([Count(_own)], ScalarType.Float32, _spec.Device).DetachFromDisposeScope();
        Conv = (float*)TensorMemory.Pointer(_values);
        var near = values.to_type(ScalarType.Float32).cpu().reshape(values.shape[0], -1).t().contiguous();
        var rows = (float*)TensorMemory.Pointer(near); // [1 or width, outputs]
        var length = (int)values.shape[0];
        var convSlices = _spec.HasConvBias ? 6 : 3;
        if (slice < convSlices)
        {
            for (var j = 0; j < near.shape[0]; j++)
            {
                var to = slice < 3 ? Conv + (j * _own.PaddedChannels) : ConvBias;
                Channels.Spread(_own, slice % 3, rows + (j * length), to);
            }
        }
        else
        {
            var to = A + ((slice - convSlices) * _own.HeadCount);
            for (var head = 0; head < length; head++)
                to[head] = slice == convSlices ? -(float)Math.Exp(rows[head]) : rows[head];
        }
        _missing.Remove(slice);
    }

    /// <inheritdoc />
    public void Dispose() => _values?.Dispose();

    private static long Count(MambaSizes own) => ((own.ConvWidth + 1L) * own.PaddedChannels) + (3 * own.HeadCount);

    private static IEnumerable<WeightSlice> SlicesOf(MambaSpec spec)
    {
        var (all, lane) = (spec.Sizes, spec.Lane);
        var conv = $"{spec.Prefix}.conv1d";
        foreach (var part in Parts())
        {
            yield return new WeightSlice(
                $"{conv}.weight", [all.ChannelCount, 1, all.ConvWidth], 0, part.Start, part.Length);
        }
        foreach (var part in spec.HasConvBias ? Parts() : [])
            yield return new WeightSlice($"{conv}.bias", [all.ChannelCount], 0, part.Start, part.Length);
        foreach (var name in new[] { "A_log", "D", "dt_bias" })
            yield return WeightSlice.Share($"{spec.Prefix}.{name}", [all.HeadCount], 0, lane.Rank, lane.WorldSize);

        IEnumerable<(long Start, long Length)> Parts()
        {
            long inner = lane.Share(all.InnerSize);
            yield return (lane.Rank * inner, inner);
            var isShared = all.GroupCount == 1;
            long grouped = isShared ? all.GroupedSize : lane.Share(all.GroupedSize);
            var first = all.InnerSize + (isShared ? 0 : lane.Rank * grouped);
            yield return (first, grouped);
            yield return (first + all.GroupedSize, grouped);
        }
    }
}
