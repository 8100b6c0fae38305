using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// The mixer's arithmetic as its formulas read. Sums of decay exponents run in float64: over a chunk they grow to
/// thousands while their differences, which matter, stay small. Only pairs j at most i are computed, so every exponent is
/// 0 or below and no infinity meets a zero.
/// </summary>
internal sealed unsafe class PlainMambaScan : IMambaScan
{
    /// <inheritdoc />
    public void Convolve(float* inputs, int rowCount, MambaWeights weights, float* to)
    {
        var (channels, width) = (weights.Sizes.PaddedChannels, weights.Sizes.ConvWidth);
        for (var row = 0; row < rowCount; row++)
        {
            for (var channel = 0; channel < channels; channel++)
            {
                var sum = 0f;
                for (var j = 0; j < width; j++)
                    sum += inputs[((row + j) * channels) + channel] * weights.Conv[(j * channels) + channel];
                sum += weights.ConvBias[channel];
                to[(row * channels) + channel] = sum / (1 + Exponential.Of(-sum));
            }
        }
    }

    /// <inheritdoc />
    public void Scan(MambaState state, MambaSegment segment, MambaWeights weights, float* convolved, float* y)
    {
        var sizes = state.Sizes;
        var begin = segment.FirstPosition % sizes.ChunkTokens;
        var factors = new float[sizes.ChunkTokens];
        for (var head = 0; head < sizes.HeadCount; head++)
        {
            var sums = DecaySums(state, segment.Slot, head, begin + segment.RowCount, weights);
            for (var row = 0; row < segment.RowCount; row++)
            {
                var i = begin + row;
                var c = convolved + (row * sizes.PaddedChannels) + MambaState.InputWidth(sizes)
                    + GroupOffset(sizes, head); // [N]
                for (var j = 0; j <= i; j++)
                {
                    factors[j] = Dot(c, B(state, segment.Slot, j, head), sizes.StateSize)
                        * Exponential.Of((float)(sums[i] - sums[j])) * TimeStep(state, segment.Slot, j, head);
                }
                var to = y + (row * sizes.PaddedInner) + (head * sizes.PaddedHeadDim);
                new Span<float>(to, sizes.PaddedHeadDim).Clear();
                for (var n = 0; n < sizes.StateSize; n++)
                    Add(c[n], state.State(segment.Slot, head) + (n * sizes.PaddedHeadDim), to, sizes.PaddedHeadDim);
                Scale(Exponential.Of((float)sums[i]), to, sizes.PaddedHeadDim);
                for (var j = 0; j <= i; j++)
                    Add(factors[j], X(state, segment.Slot, j, head), to, sizes.PaddedHeadDim);
                Add(weights.D[head], X(state, segment.Slot, i, head), to, sizes.PaddedHeadDim);
            }
        }
    }

    /// <inheritdoc />
    public void Fold(MambaState state, int slot, int inputCount, MambaWeights weights)
    {
        var sizes = state.Sizes;
        for (var head = 0; head < sizes.HeadCount && inputCount > 0; head++)
        {
            var sums = DecaySums(state, slot, head, inputCount, weights);
            var to = state.State(slot, head); // [N, headDim padded]
            Scale(Exponential.Of((float)sums[^1]), to, sizes.StateSize * sizes.PaddedHeadDim);
            for (var j = 0; j < inputCount; j++)
            {
                var factor = Exponential.Of((float)(sums[^1] - sums[j])) * TimeStep(state, slot, j, head);
                var x = X(state, slot, j, head);
                var b = B(state, slot, j, head);
                for (var n = 0; n < sizes.StateSize; n++)
                    Add(factor * b[n], x, to + (n * sizes.PaddedHeadDim), sizes.PaddedHeadDim);
            }
        }
    }

    /// <inheritdoc />
    public void Step(MambaState state, int slot, MambaWeights weights, float* convolved, float* timeSteps, float* y)
    {
        var sizes = state.Sizes;
        for (var head = 0; head < sizes.HeadCount; head++)
        {
            var x = convolved + (head * sizes.PaddedHeadDim);
            var b = convolved + sizes.PaddedInner + GroupOffset(sizes, head);
            var c = b + sizes.PaddedGrouped;
            var past = Exponential.Of(timeSteps[head] * weights.A[head]);
            var to = y + (head * sizes.PaddedHeadDim);
            new Span<float>(to, sizes.PaddedHeadDim).Clear();
            for (var n = 0; n < sizes.StateSize; n++)
            {
                var s = state.State(slot, head) + (n * sizes.PaddedHeadDim); // [headDim padded]
                Scale(past, s, sizes.PaddedHeadDim);
                Add(timeSteps[head] * b[n], x, s, sizes.PaddedHeadDim);
                Add(c[n], s, to, sizes.PaddedHeadDim);
            }
            Add(weights.D[head], x, to, sizes.PaddedHeadDim);
        }
    }

    // The sum of dt A over a chunk's first inputs, at each of them.
    private static double[] DecaySums(MambaState state, int slot, int head, int count, MambaWeights weights)
    {
        var sums = new double[count];
        for (var j = 0; j < count; j++)
            sums[j] = (j == 0 ? 0 : sums[j - 1]) + ((double)TimeStep(state, slot, j, head) * weights.A[head]);
        return sums;
    }

    private static void Add(float factor, float* values, float* to, int count)
    {
        for (var i = 0; i < count; i++)
            to[i] += factor * values[i];
    }

    private static void Scale(float factor, float* values, int count)
    {
        for (var i = 0; i < count; i++)
            values[i] *= factor;
    }

    private static float Dot(float* a, float* b, int count)
    {
        var sum = 0f;
        for (var i = 0; i < count; i++)
            sum += a[i] * b[i];
        return sum;
    }

    private static float* X(MambaState state, int slot, int offset, int head) =>
        state.Input(slot) + ((long)offset * MambaState.InputWidth(state.Sizes)) + (head * state.Sizes.PaddedHeadDim);

    private static float* B(MambaState state, int slot, int offset, int head) =>
        state.Input(slot) + ((long)offset * MambaState.InputWidth(state.Sizes)) + state.Sizes.PaddedInner
        + GroupOffset(state.Sizes, head);

    private static float TimeStep(MambaState state, int slot, int offset, int head) =>
        state.TimeStep(slot)[(offset * state.Sizes.HeadCount) + head];

    private static int GroupOffset(MambaSizes sizes, int head) => head / sizes.HeadsPerGroup * sizes.PaddedStateSize;
}
