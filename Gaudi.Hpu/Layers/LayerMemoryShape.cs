using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers;

/// <summary>Sizes of what one layer of one rank keeps of sequences.</summary>
public abstract record LayerMemoryShape
{
    /// <summary>Bytes a block of positions takes in this layer; 0 where it keeps none.</summary>
    public virtual long BlockBytes(int blockSizeTokens, ScalarType dtype) => 0;

    /// <summary>Bytes the state of one sequence takes in this layer; 0 where it keeps none.</summary>
    public virtual long SlotBytes => 0;

    /// <summary>The memory; the caller holds the lease and disposes it.</summary>
    public abstract LayerMemory Create(MemoryRoom room);
}
