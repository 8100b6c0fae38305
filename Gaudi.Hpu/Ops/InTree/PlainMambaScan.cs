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
                var c = convolved + (row * sizes.PaddedChannels) + MambaState.InputWidth(sizes) + GroupOffset(sizes, head);
                for (var j = 0; j <= i; j++)
                {
                    factors[j] = Dot(c, B(state, segment.Slot, j, head), sizes.StateSize)
                        * Exponential.Of((float)(sums[i] - sums[j])) * TimeStep(state, segment.Slot, j, head);
                }
                var past = Exponential.Of((float)sums[i]);
                var to = y + (row * sizes.PaddedInner) + (head * sizes.PaddedHeadDim);
                for (var p = 0; p < sizes.PaddedHeadDim; p++)
                {
                    var sum = 0f;
                    for (var n = 0; n < sizes.StateSize; n++)
                        sum += c[n] * state.State(segment.Slot, head)[(n * sizes.PaddedHeadDim) + p];
                    sum *= past;
                    for (var j = 0; j <= i; j++)
                        sum += factors[j] * X(state, segment.Slot, j, head)[p];
                    to[p] = sum + (weights.D[head] * X(state, segment.Slot, i, head)[p]);
                }
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
            var factors = new float[inputCount];
            for (var j = 0; j < inputCount; j++)
                factors[j] = Exponential.Of((float)(sums[^1] - sums[j])) * TimeStep(state, slot, j, head);
            var past = Exponential.Of((float)sums[^1]);
            for (var n = 0; n < sizes.StateSize; n++)
            {
                for (var p = 0; p < sizes.PaddedHeadDim; p++)
                {
                    var at = state.State(slot, head) + (n * sizes.PaddedHeadDim) + p;
                    var sum = *at * past;
                    for (var j = 0; j < inputCount; j++)
                        sum += factors[j] * B(state, slot, j, head)[n] * X(state, slot, j, head)[p];
                    *at = sum;
                }
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
            for (var p = 0; p < sizes.PaddedHeadDim; p++)
            {
                var sum = 0f;
                for (var n = 0; n < sizes.StateSize; n++)
                {
                    var at = state.State(slot, head) + (n * sizes.PaddedHeadDim) + p;
                    *at = (*at * past) + (timeSteps[head] * x[p] * b[n]);
                    sum += *at * c[n];
                }
                y[(head * sizes.PaddedHeadDim) + p] = sum + (weights.D[head] * x[p]);
            }
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
