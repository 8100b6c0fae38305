using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>
/// The keys and values of one head over one segment, in float32 and padded to whole vectors, and the attention of four
/// queries at a time over them. A score is a chain of fused multiply-adds over ascending dimensions; probabilities are
/// summed in eight lanes and one tree; an output value is a chain over ascending keys, divided once.
/// </summary>
internal sealed unsafe class EncoderHead : IDisposable
{
    /// <summary>Queries that pass over keys and values together.</summary>
    public const int TileQueries = 4;

    private const int Lane = 16; // two vectors: eight accumulators in a tile
    private readonly int _headDim;
    private readonly int _paddedDim;
    private readonly int _keyRoom;
    private readonly Tensor _room; // keys, values, queries, scores, outputs
    private readonly float* _keys; // [headDim, keyRoom]
    private readonly float* _values; // [keyRoom, paddedDim]
    private readonly float* _queries; // [4, headDim]
    private readonly float* _scores; // [4, keyRoom]
    private readonly float* _outputs; // [4, paddedDim]
    private int _keyCount;

    /// <summary>Takes room for the longest segment.</summary>
    public EncoderHead(int keyCountMax, int headDim, Device device)
    {
        _headDim = headDim;
        _paddedDim = Padded(headDim);
        _keyRoom = Padded(keyCountMax);
        var (keys, values) = ((long)headDim * _keyRoom, (long)_keyRoom * _paddedDim);
        var (queries, scores) = (TileQueries * headDim, (long)TileQueries * _keyRoom);
        _room = zeros([keys + values + queries + scores + (TileQueries * _paddedDim)], ScalarType.Float32, device)
            .DetachFromDisposeScope();
        _keys = (float*)TensorMemory.Pointer(_room);
        _values = _keys + keys;
        _queries = _values + values;
        _scores = _queries + queries;
        _outputs = _scores + scores;
    }

    /// <summary>Takes over a segment's keys and values.</summary>
    /// <param name="keys">The head's dimensions of the first key.</param>
    /// <param name="values">The same of the first value.</param>
    /// <param name="width">From one token to the next, in values.</param>
    /// <param name="keyCount">Tokens of the segment.</param>
    public void Pack<TStored>(byte* keys, byte* values, long width, int keyCount) where TStored : struct, IStoredFloat
    {
        _keyCount = keyCount;
        for (var j = 0; j < keyCount; j++)
        {
            for (var d = 0; d < _headDim; d++)
            {
                _keys[((long)d * _keyRoom) + j] = TStored.Load(keys, (j * width) + d);
                _values[((long)j * _paddedDim) + d] = TStored.Load(values, (j * width) + d);
            }
        }
    }

    /// <summary>Attends from one to four neighbouring tokens.</summary>
    /// <param name="query">The head's dimensions of the first.</param>
    /// <param name="output">The same of the output. Overwritten.</param>
    /// <param name="width">From one token to the next, in values.</param>
    /// <param name="count">1 to 4.</param>
    /// <param name="scale">Multiplies every score.</param>
    public void Attend<TStored>(byte* query, byte* output, long width, int count, float scale)
        where TStored : struct, IStoredFloat
    {
        // A short tile's last queries are those of an earlier tile: computed, and thrown away.
        for (var row = 0; row < count; row++)
        {
            for (var d = 0; d < _headDim; d++)
                _queries[(row * _headDim) + d] = TStored.Load(query, (row * width) + d);
        }
        Score(scale);
        var sums = stackalloc float[TileQueries];
        for (var row = 0; row < count; row++)
            sums[row] = Normalise(_scores + ((long)row * _keyRoom));
        Gather();
        for (var row = 0; row < count; row++)
        {
            for (var d = 0; d < _headDim; d++)
                TStored.Store(output, (row * width) + d, _outputs[(row * _paddedDim) + d] / sums[row]);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _room.Dispose();

    private static int Padded(int count) => (count + Lane - 1) / Lane * Lane;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Score(float scale)
    {
        var factor = Vector256.Create(scale);
        for (var j = 0; j < _keyCount; j += Lane)
        {
            Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default;
            Vector256<float> c0 = default, c1 = default, d0 = default, d1 = default;
            for (var d = 0; d < _headDim; d++)
            {
                var keys = _keys + ((long)d * _keyRoom) + j;
                var (k0, k1) = (Vector256.Load(keys), Vector256.Load(keys + 8));
                Add(_queries[d], k0, k1, ref a0, ref a1);
                Add(_queries[_headDim + d], k0, k1, ref b0, ref b1);
                Add(_queries[(2 * _headDim) + d], k0, k1, ref c0, ref c1);
                Add(_queries[(3 * _headDim) + d], k0, k1, ref d0, ref d1);
            }
            Store(_scores + j, a0 * factor, a1 * factor);
            Store(_scores + _keyRoom + j, b0 * factor, b1 * factor);
            Store(_scores + (2L * _keyRoom) + j, c0 * factor, c1 * factor);
            Store(_scores + (3L * _keyRoom) + j, d0 * factor, d1 * factor);
        }
    }

    // Scores become e^(score - largest), the padding 0; returns their sum.
    private float Normalise(float* scores)
    {
        for (var j = _keyCount; j < Padded(_keyCount); j++)
            scores[j] = float.NegativeInfinity;
        var lanes = Vector256.Create(float.NegativeInfinity);
        for (var j = 0; j < _keyCount; j += 8)
            lanes = Vector256.Max(lanes, Vector256.Load(scores + j));
        var largest = float.NegativeInfinity;
        for (var lane = 0; lane < 8; lane++)
            largest = MathF.Max(largest, lanes[lane]);
        var sums = Vector256<float>.Zero;
        for (var j = 0; j < _keyCount; j += 8)
        {
            var probability = Exponential.Of(Vector256.Load(scores + j) - Vector256.Create(largest));
            probability.Store(scores + j);
            sums += probability;
        }
        return Lanes.Sum(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gather()
    {
        for (var d = 0; d < _paddedDim; d += Lane)
        {
            Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default;
            Vector256<float> c0 = default, c1 = default, d0 = default, d1 = default;
            for (var j = 0; j < _keyCount; j++)
            {
                var values = _values + ((long)j * _paddedDim) + d;
                var (v0, v1) = (Vector256.Load(values), Vector256.Load(values + 8));
                Add(_scores[j], v0, v1, ref a0, ref a1);
                Add(_scores[_keyRoom + j], v0, v1, ref b0, ref b1);
                Add(_scores[(2L * _keyRoom) + j], v0, v1, ref c0, ref c1);
                Add(_scores[(3L * _keyRoom) + j], v0, v1, ref d0, ref d1);
            }
            Store(_outputs + d, a0, a1);
            Store(_outputs + _paddedDim + d, b0, b1);
            Store(_outputs + (2 * _paddedDim) + d, c0, c1);
            Store(_outputs + (3 * _paddedDim) + d, d0, d1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(
        float factor, Vector256<float> x0, Vector256<float> x1, ref Vector256<float> sum0, ref Vector256<float> sum1)
    {
        var all = Vector256.Create(factor);
        sum0 = Vector256.FusedMultiplyAdd(all, x0, sum0);
        sum1 = Vector256.FusedMultiplyAdd(all, x1, sum1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* to, Vector256<float> x0, Vector256<float> x1)
    {
        x0.Store(to);
        x1.Store(to + 8);
    }
}
