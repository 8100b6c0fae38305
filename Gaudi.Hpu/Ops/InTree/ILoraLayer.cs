using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>A layer that adapters may change: it keeps the weights of those that lie in the card's slots.</summary>
public interface ILoraLayer : IDisposable
{
    /// <summary>What may be changed, and this rank's part of it.</summary>
    ImmutableArray<LoraTarget> Targets { get; }

    /// <summary>Bytes of all slots, whether they are filled or not.</summary>
    long SlotBytes { get; }

    /// <summary>Bytes alive during a forward beside its arguments.</summary>
    /// <param name="rowCount">Rows of the pass.</param>
    long ScratchBytes(int rowCount);

    /// <summary>Puts an adapter's weights into a slot, over what was there.</summary>
    /// <param name="slot">From 1.</param>
    /// <param name="target">Index into <see cref="Targets"/>.</param>
    /// <param name="a">[highest rank, inputs of this rank], zeros beyond the adapter's rank. Not kept.</param>
    /// <param name="b">[outputs of this rank, highest rank]. Not kept.</param>
    /// <param name="scale">Multiplies the product.</param>
    void Fill(int slot, int target, Tensor a, Tensor b, float scale);

    /// <summary>Empties a slot: its rows are changed no more.</summary>
    void Clear(int slot);
}
