using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// What one layer of one rank remembers of each sequence, all float32. While a prompt is computed: the scan's state at
/// the last chunk boundary and the inputs since, so that a token's value does not depend on how the prompt was cut into
/// steps. From the first generated token on: the state after the last token. It also knows the position each slot
/// expects next, and refuses any other.
/// </summary>
public sealed unsafe class MambaState : IDisposable
{
    private readonly int[] _nextPositions;
    private readonly bool[] _isRecurrent;
    private readonly float* _states;
    private readonly float* _tails;
    private readonly float* _inputs;
    private readonly float* _timeSteps;

    /// <summary>Empty slots; the caller holds the lease.</summary>
    /// <param name="sizes">Of one rank: <see cref="MambaSizes.OfRank"/>.</param>
    /// <param name="slotCount">Sequences at once.</param>
    /// <param name="device">Where it lives.</param>
    public MambaState(MambaSizes sizes, int slotCount, Device device)
    {
        Sizes = sizes;
        SlotCount = slotCount;
        (_nextPositions, _isRecurrent) = (new int[slotCount], new bool[slotCount]);
        States = Zeros(slotCount, sizes.HeadCount, sizes.StateSize, sizes.PaddedHeadDim);
        Tails = Zeros(slotCount, sizes.ConvWidth - 1, sizes.PaddedChannels);
        Inputs = Zeros(slotCount, sizes.ChunkTokens, InputWidth(sizes));
        TimeSteps = Zeros(slotCount, sizes.ChunkTokens, sizes.HeadCount);
        _states = (float*)TensorMemory.Pointer(States);
        _tails = (float*)TensorMemory.Pointer(Tails);
        _inputs = (float*)TensorMemory.Pointer(Inputs);
        _timeSteps = (float*)TensorMemory.Pointer(TimeSteps);

        Tensor Zeros(params long[] shape) => zeros(shape, ScalarType.Float32, device).DetachFromDisposeScope();
    }

    /// <summary>Of one rank.</summary>
    public MambaSizes Sizes { get; }

    /// <summary>Sequences at once.</summary>
    public int SlotCount { get; }

    /// <summary>[slots, heads, N, headDim padded to a multiple of 8]. Written by the mixer alone.</summary>
    public Tensor States { get; }

    /// <summary>[slots, width - 1, channels padded]: the convolution's last inputs, oldest first.</summary>
    public Tensor Tails { get; }

    /// <summary>[slots, chunk, x | B padded]: convolved inputs since the chunk's beginning.</summary>
    public Tensor Inputs { get; }

    /// <summary>[slots, chunk, heads]: their time steps.</summary>
    public Tensor TimeSteps { get; }

    /// <summary>Bytes one slot of one layer takes.</summary>
    /// <param name="sizes">Of one rank.</param>
    public static long BytesPerSlot(MambaSizes sizes) => sizeof(float)
        * (((long)sizes.HeadCount * sizes.StateSize * sizes.PaddedHeadDim)
            + ((sizes.ConvWidth - 1L) * sizes.PaddedChannels)
            + ((long)sizes.ChunkTokens * (InputWidth(sizes) + sizes.HeadCount)));

    /// <summary>The position whose token comes next in a slot; 0, a new sequence, is always allowed.</summary>
    public int NextPosition(int slot) => _nextPositions[slot];

    /// <inheritdoc />
    public void Dispose()
    {
        States.Dispose();
        Tails.Dispose();
        Inputs.Dispose();
        TimeSteps.Dispose();
    }

    /// <summary>Whether the state stands after the last token, not at the chunk's beginning.</summary>
    internal bool IsRecurrent(int slot) => _isRecurrent[slot];

    /// <summary>[N, headDim padded].</summary>
    internal float* State(int slot, int head) =>
        _states + (((long)slot * Sizes.HeadCount + head) * Sizes.StateSize * Sizes.PaddedHeadDim);

    /// <summary>[width - 1, channels padded].</summary>
    internal float* Tail(int slot) => _tails + ((long)slot * (Sizes.ConvWidth - 1) * Sizes.PaddedChannels);

    /// <summary>[chunk, x | B padded].</summary>
    internal float* Input(int slot) => _inputs + ((long)slot * Sizes.ChunkTokens * InputWidth(Sizes));

    /// <summary>[chunk, heads].</summary>
    internal float* TimeStep(int slot) => _timeSteps + ((long)slot * Sizes.ChunkTokens * Sizes.HeadCount);

    /// <summary>x | B of a token in memory.</summary>
    internal static int InputWidth(MambaSizes sizes) => sizes.PaddedInner + sizes.PaddedGrouped;

    /// <summary>Checks that the segment is what its slot waits for; position 0 empties the slot.</summary>
    internal void Enter(MambaSegment segment, TokenRole role)
    {
        var slot = segment.Slot;
        Invariant.That(slot >= 0 && slot < SlotCount, $"slot {slot} of {SlotCount}");
        if (segment.FirstPosition == 0)
            Reset(slot);
        Invariant.That(
            segment.FirstPosition == _nextPositions[slot],
            $"slot {slot} expects position {_nextPositions[slot]}, came {segment.FirstPosition}: a state cannot go back "
            + "or skip; compute the sequence again from position 0");
        Invariant.That(
            role == TokenRole.Generated || !_isRecurrent[slot],
            $"slot {slot}: position {segment.FirstPosition} has the prompt role after a generated one");
    }

    /// <summary>The segment is computed.</summary>
    internal void Leave(MambaSegment segment) => _nextPositions[segment.Slot] += segment.RowCount;

    /// <summary>The state now stands after the last token.</summary>
    internal void BecomeRecurrent(int slot) => _isRecurrent[slot] = true;

    private void Reset(int slot)
    {
        (_nextPositions[slot], _isRecurrent[slot]) = (0, false);
        new Span<float>(State(slot, 0), Sizes.HeadCount * Sizes.StateSize * Sizes.PaddedHeadDim).Clear();
        new Span<float>(Tail(slot), (Sizes.ConvWidth - 1) * Sizes.PaddedChannels).Clear();
    }
}
