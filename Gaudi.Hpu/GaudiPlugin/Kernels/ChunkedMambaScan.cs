using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>
/// The mixer's arithmetic as matrix products over a chunk: the scores of a group once for all its heads, then for each
/// head past = C S, e^decay, and the lower triangle times x, in tiles whose elements are chains in a fixed order.
/// </summary>
/// <param name="sizes">Of one rank.</param>
internal sealed unsafe class ChunkedMambaScan(MambaSizes sizes) : IMambaScan, IDisposable
{
    private readonly int _stride = (sizes.ChunkTokens + 7) / 8 * 8;
    private float* _scores; // [chunk, chunk]: C B of one group
    private float* _factors; // [chunk, chunk]: one head's
    private float* _outer; // [chunk, N]: one head's inputs times B
    private float* _timeSteps; // [chunk]: one head's
    private double* _decaySums; // [chunk]: one head's

    /// <inheritdoc />
    public void Convolve(float* inputs, int rowCount, MambaWeights weights, float* to) => CausalConvKernel.Run(
        inputs, rowCount, weights.Conv, weights.ConvBias, sizes.ConvWidth, sizes.PaddedChannels, to);

    /// <inheritdoc />
    public void Scan(MambaState state, MambaSegment segment, MambaWeights weights, float* convolved, float* y)
    {
        TakeMemory();
        var begin = segment.FirstPosition % sizes.ChunkTokens;
        var hasPast = segment.FirstPosition >= sizes.ChunkTokens;
        var width = MambaState.InputWidth(sizes);
        for (var head = 0; head < sizes.HeadCount; head++)
        {
            var c = convolved + width + GroupOffset(head); // rows at PaddedChannels
            if (head % sizes.HeadsPerGroup == 0)
            {
                ChunkScores.Products(
                    c, sizes.PaddedChannels, segment.RowCount, begin,
                    state.Input(segment.Slot) + sizes.PaddedInner + GroupOffset(head), width, sizes.PaddedStateSize,
                    _scores, _stride);
            }
            GatherSteps(state, segment.Slot, head, begin + segment.RowCount, weights.A[head]);
            var to = y + (head * sizes.PaddedHeadDim); // rows at PaddedInner
            for (var row = 0; row < segment.RowCount; row++)
                new Span<float>(to + ((long)row * sizes.PaddedInner), sizes.PaddedHeadDim).Clear();
            if (hasPast)
                AddPast(state.State(segment.Slot, head), c, begin, segment.RowCount, to);
            var x = state.Input(segment.Slot) + (head * sizes.PaddedHeadDim); // rows at width
            AddTriangle(x, width, begin, segment.RowCount, to);
            for (var row = 0; row < segment.RowCount; row++)
                AddScaled(weights.D[head], x + ((long)(begin + row) * width), to + ((long)row * sizes.PaddedInner));
        }
    }

    /// <inheritdoc />
    public void Fold(MambaState state, int slot, int inputCount, MambaWeights weights)
    {
        if (inputCount == 0)
            return;
        TakeMemory();
        var width = MambaState.InputWidth(sizes);
        for (var head = 0; head < sizes.HeadCount; head++)
        {
            GatherSteps(state, slot, head, inputCount, weights.A[head]);
            var last = _decaySums[inputCount - 1];
            ChunkScores.Weigh(null, last, _decaySums, _timeSteps, inputCount, _factors);
            var b = state.Input(slot) + sizes.PaddedInner + GroupOffset(head); // rows at width
            for (var j = 0; j < inputCount; j++)
                Scale(b + ((long)j * width), _factors[j], sizes.PaddedStateSize, _outer + (j * sizes.PaddedStateSize));
            var to = state.State(slot, head); // [N, headDim]
            Scale(to, Exponential.Of((float)last), sizes.StateSize * sizes.PaddedHeadDim, to);
            ChainedProduct.Add(
                _outer, 1, sizes.PaddedStateSize, sizes.StateSize, state.Input(slot) + (head * sizes.PaddedHeadDim),
                width, inputCount, sizes.PaddedHeadDim, to, sizes.PaddedHeadDim);
        }
    }

    /// <inheritdoc />
    public void Step(MambaState state, int slot, MambaWeights weights, float* convolved, float* timeSteps, float* y)
    {
        for (var head = 0; head < sizes.HeadCount; head++)
        {
            var b = convolved + sizes.PaddedInner + GroupOffset(head);
            StateStepKernel.Run(
                state.State(slot, head), sizes.StateSize, sizes.PaddedHeadDim,
                Exponential.Of(timeSteps[head] * weights.A[head]), timeSteps[head],
                convolved + (head * sizes.PaddedHeadDim), b, b + sizes.PaddedGrouped, weights.D[head],
                y + (head * sizes.PaddedHeadDim));
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        NativeMemory.AlignedFree(_scores);
        _scores = null;
    }

    // One block for all, taken where a prompt or a fold needs it: a decode step takes none.
    private void TakeMemory()
    {
        if (_scores != null)
            return;
        var count = (2L * sizes.ChunkTokens * _stride) + ((long)sizes.ChunkTokens * sizes.PaddedStateSize) + (3L * _stride);
        _scores = (float*)NativeMemory.AlignedAlloc((nuint)(count * sizeof(float)), 64);
        _factors = _scores + ((long)sizes.ChunkTokens * _stride);
        _outer = _factors + ((long)sizes.ChunkTokens * _stride);
        _timeSteps = _outer + ((long)sizes.ChunkTokens * sizes.PaddedStateSize);
        _decaySums = (double*)(_timeSteps + _stride);
    }

    private void GatherSteps(MambaState state, int slot, int head, int count, float a)
    {
        var from = state.TimeStep(slot) + head;
        var sum = 0.0;
        for (var j = 0; j < count; j++)
        {
            _timeSteps[j] = from[(long)j * sizes.HeadCount];
            sum += (double)_timeSteps[j] * a;
            _decaySums[j] = sum;
        }
    }

    private void AddPast(float* s, float* c, int begin, int rowCount, float* y)
    {
        ChainedProduct.Add(
            c, sizes.PaddedChannels, 1, rowCount, s, sizes.PaddedHeadDim, sizes.StateSize, sizes.PaddedHeadDim, y,
            sizes.PaddedInner);
        for (var row = 0; row < rowCount; row++)
        {
            var to = y + ((long)row * sizes.PaddedInner);
            Scale(to, Exponential.Of((float)_decaySums[begin + row]), sizes.PaddedHeadDim, to);
        }
    }

    // Rows in fours share the inputs all of them see; the rest of the triangle follows row by row.
    private void AddTriangle(float* x, int width, int begin, int rowCount, float* y)
    {
        for (var row = 0; row < rowCount; row++)
        {
            ChunkScores.Weigh(
                _scores + ((long)row * _stride), _decaySums[begin + row], _decaySums, _timeSteps, begin + row + 1,
                _factors + ((long)row * _stride));
        }
        for (var first = 0; first < rowCount; first += 4)
        {
            var rows = Math.Min(4, rowCount - first);
            var shared = begin + first + 1;
            var factors = _factors + ((long)first * _stride);
            var to = y + ((long)first * sizes.PaddedInner);
            ChainedProduct.Add(
                factors, _stride, 1, rows, x, width, shared, sizes.PaddedHeadDim, to, sizes.PaddedInner);
            for (var r = 1; r < rows; r++)
            {
                ChainedProduct.Add(
                    factors + ((long)r * _stride) + shared, _stride, 1, 1, x + ((long)shared * width), width, r,
                    sizes.PaddedHeadDim, to + ((long)r * sizes.PaddedInner), sizes.PaddedInner);
            }
        }
    }

    private void AddScaled(float factor, float* x, float* y)
    {
        var factors = Vector256.Create(factor);
        for (var p = 0; p < sizes.PaddedHeadDim; p += 8)
            Vector256.FusedMultiplyAdd(factors, Vector256.Load(x + p), Vector256.Load(y + p)).Store(y + p);
    }

    private static void Scale(float* from, float factor, int count, float* to)
    {
        var factors = Vector256.Create(factor);
        for (var i = 0; i < count; i += 8)
            (Vector256.Load(from + i) * factors).Store(to + i);
    }

    private int GroupOffset(int head) => head / sizes.HeadsPerGroup * sizes.PaddedStateSize;
}
