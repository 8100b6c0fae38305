using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Layers;

/// <summary>A layer that keeps a state for each sequence.</summary>
/// <param name="Sizes">Of one rank: <see cref="MambaSizes.OfRank"/>.</param>
public sealed record MambaLayerShape(MambaSizes Sizes) : LayerMemoryShape
{
    /// <inheritdoc />
    public override long SlotBytes => MambaState.BytesPerSlot(Sizes);

    /// <inheritdoc />
    public override LayerMemory Create(MemoryRoom room) => new MambaState(Sizes, room.SlotCount, room.Device);
}
