using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// The core of a Mamba-2 layer on one rank, in float32: depthwise causal convolution and silu over x | B | C, then the
/// state space model s_t = e^(dt_t A) s_(t-1) + dt_t B_t x_t, y_t = C_t s_t + D x_t with dt = clamp(softplus(dt + bias)).
/// Prompt tokens are computed from the state at the beginning of their chunk (chunks lie at multiples of Q in the
/// sequence, whatever the steps), generated ones by the recurrence, so a token has the same bits however its prompt was
/// cut, whoever runs beside it, and when it is computed again later.
/// </summary>
/// <remarks>Source: Dao and Gu 2024, "Transformers are SSMs", sections 6 and 7.</remarks>
[OpName("MambaMixer2", "mamba_mixer2")]
public class MambaMixer2 : CustomOp<MambaForward>, IWeighted
{
    private readonly MambaWeights _weights;

    /// <summary>Takes no memory for weights until they are loaded.</summary>
    /// <exception cref="InvariantBrokenException">The sizes do not split over the ranks.</exception>
    public MambaMixer2(OpSpec spec) : base(spec)
    {
        Spec = (MambaSpec)spec;
        Sizes = Spec.Sizes.OfRank(Spec.Lane.WorldSize, Spec.Prefix);
        Invariant.That(
            Spec.TimeStepMin >= 0 && Spec.TimeStepMax >= Spec.TimeStepMin,
            $"{Spec.Prefix}: 0 <= least <= largest time step, not {Spec.TimeStepMin} and {Spec.TimeStepMax}; check "
            + "config.json");
        _weights = new MambaWeights(Spec, Sizes);
    }

    /// <summary>What it was built from.</summary>
    public new MambaSpec Spec { get; }

    /// <summary>Of this rank: what a <see cref="MambaState"/> for it is made of.</summary>
    public MambaSizes Sizes { get; }

    /// <inheritdoc />
    public ImmutableArray<WeightSlice> Slices => _weights.Slices;

    /// <inheritdoc />
    public long WeightBytes => MambaWeights.BytesOf(Sizes);

    /// <inheritdoc />
    protected override MambaForward ForwardNative =>
        (states, dt, state, rows) => Run(states, dt, state, rows, new PlainMambaScan());

    /// <inheritdoc />
    public void Load(int slice, Tensor values) => _weights.Load(slice, values);

    /// <inheritdoc />
    public void Dispose()
    {
        _weights.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Walks the rows by segments and keeps each slot's books; the arithmetic is the scan's.</summary>
    private protected unsafe Tensor Run(Tensor states, Tensor dt, MambaState state, MambaRows rows, IMambaScan scan)
    {
        Check(states, dt, state, rows);
        using var scope = NewDisposeScope();
        var inputs = Padded(states); // [tokens, channels padded]
        var timeSteps = TimeSteps(dt); // [tokens, heads]
        var y = empty([rows.Count, Sizes.PaddedInner], ScalarType.Float32, states.device); // [tokens, x padded]
        var segments = rows.Segments(Sizes.ChunkTokens).ToArray();
        var longest = segments.Select(segment => segment.RowCount).DefaultIfEmpty().Max();
        var seen = empty([Sizes.ConvWidth - 1 + longest, Sizes.PaddedChannels]); // tail and rows of a segment
        var convolved = empty([longest, Sizes.PaddedChannels]); // the segment's rows
        foreach (var segment in segments)
        {
            state.Enter(segment, rows.Role);
            Convolve(state, segment, inputs, seen, convolved, scan);
            var from = (float*)TensorMemory.Pointer(convolved);
            var steps = (float*)TensorMemory.Pointer(timeSteps) + ((long)segment.FirstRow * Sizes.HeadCount);
            var to = (float*)TensorMemory.Pointer(y) + ((long)segment.FirstRow * Sizes.PaddedInner);
            if (rows.Role == TokenRole.Prompt)
                Prefill(state, segment, from, steps, to, scan);
            else
                Decode(state, segment, from, steps, to, scan);
            state.Leave(segment);
        }
        var heads = y.view(rows.Count, Sizes.HeadCount, Sizes.PaddedHeadDim).narrow(2, 0, Sizes.HeadDim);
        return scope.MoveToOuter(heads.reshape(rows.Count, Sizes.InnerSize).to_type(states.dtype));
    }

    private unsafe void Convolve(
        MambaState state, MambaSegment segment, Tensor inputs, Tensor seen, Tensor convolved, IMambaScan scan)
    {
        var tailLength = (Sizes.ConvWidth - 1) * Sizes.PaddedChannels;
        var tail = new Span<float>(state.Tail(segment.Slot), tailLength);
        var length = segment.RowCount * Sizes.PaddedChannels;
        var window = (float*)TensorMemory.Pointer(seen); // [width - 1 + rows, channels padded]
        var rows = (float*)TensorMemory.Pointer(inputs) + ((long)segment.FirstRow * Sizes.PaddedChannels);
        tail.CopyTo(new Span<float>(window, tailLength));
        new Span<float>(rows, length).CopyTo(new Span<float>(window + tailLength, length));
        scan.Convolve(window, segment.RowCount, _weights, (float*)TensorMemory.Pointer(convolved));
        new Span<float>(window + length, tailLength).CopyTo(tail);
    }

    private unsafe void Prefill(
        MambaState state, MambaSegment segment, float* convolved, float* timeSteps, float* y, IMambaScan scan)
    {
        var offset = segment.FirstPosition % Sizes.ChunkTokens;
        var width = MambaState.InputWidth(Sizes);
        for (var i = 0; i < segment.RowCount; i++)
        {
            var kept = new Span<float>(state.Input(segment.Slot) + ((long)(offset + i) * width), width);
            new Span<float>(convolved + ((long)i * Sizes.PaddedChannels), width).CopyTo(kept);
        }
        new Span<float>(timeSteps, segment.RowCount * Sizes.HeadCount).CopyTo(new Span<float>(
            state.TimeStep(segment.Slot) + (offset * Sizes.HeadCount), segment.RowCount * Sizes.HeadCount));
        scan.Scan(state, segment, _weights, convolved, y);
        if (offset + segment.RowCount == Sizes.ChunkTokens)
            scan.Fold(state, segment.Slot, Sizes.ChunkTokens, _weights);
    }

    private unsafe void Decode(
        MambaState state, MambaSegment segment, float* convolved, float* timeSteps, float* y, IMambaScan scan)
    {
        if (!state.IsRecurrent(segment.Slot))
        {
            scan.Fold(state, segment.Slot, segment.FirstPosition % Sizes.ChunkTokens, _weights);
            state.BecomeRecurrent(segment.Slot);
        }
        for (var i = 0; i < segment.RowCount; i++)
        {
            scan.Step(
                state, segment.Slot, _weights, convolved + ((long)i * Sizes.PaddedChannels),
                timeSteps + (i * Sizes.HeadCount), y + ((long)i * Sizes.PaddedInner));
        }
    }

    // Float32 rows in the padded form; the caller's scope owns them.
    private unsafe Tensor Padded(Tensor states)
    {
        var wide = states.to_type(ScalarType.Float32).contiguous(); // [tokens, channels]
        if (Sizes.PaddedChannels == Sizes.ChannelCount)
            return wide;
        var padded = zeros([states.shape[0], Sizes.PaddedChannels], ScalarType.Float32, states.device);
        var from = (float*)TensorMemory.Pointer(wide);
        var to = (float*)TensorMemory.Pointer(padded);
        for (var row = 0L; row < states.shape[0]; row++)
            Channels.Spread(Sizes, from + (row * Sizes.ChannelCount), to + (row * Sizes.PaddedChannels));
        return padded;
    }

    private unsafe Tensor TimeSteps(Tensor dt)
    {
        using var scope = NewDisposeScope();
        var wide = dt.to_type(ScalarType.Float32).contiguous(); // [tokens, heads]
        var steps = empty(dt.shape, ScalarType.Float32, dt.device); // [tokens, heads]
        var from = (float*)TensorMemory.Pointer(wide);
        var to = (float*)TensorMemory.Pointer(steps);
        for (var i = 0; i < dt.numel(); i++)
        {
            var step = Softplus.Of(from[i] + _weights.TimeStepBias[i % Sizes.HeadCount]);
            to[i] = MathF.Min(MathF.Max(step, Spec.TimeStepMin), Spec.TimeStepMax);
        }
        return scope.MoveToOuter(steps);
    }

    private void Check(Tensor states, Tensor dt, MambaState state, MambaRows rows)
    {
        Invariant.That(_weights.IsLoaded, $"{Spec.Prefix}: weights are loaded before they are used");
        Invariant.That(state.Sizes == Sizes, $"{Spec.Prefix}: a state of {Sizes}, not of {state.Sizes}");
        Invariant.That(
            states.shape.AsSpan().SequenceEqual([rows.Count, Sizes.ChannelCount]),
            $"{Spec.Prefix}: [{rows.Count}, {Sizes.ChannelCount}], not [{string.Join(", ", states.shape)}]");
        Invariant.That(
            dt.shape.AsSpan().SequenceEqual([rows.Count, Sizes.HeadCount]),
            $"{Spec.Prefix}: time steps [{rows.Count}, {Sizes.HeadCount}], not [{string.Join(", ", dt.shape)}]");
    }
}
