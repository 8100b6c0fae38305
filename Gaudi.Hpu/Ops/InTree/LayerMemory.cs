using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What one layer of a rank keeps of sequences between steps: blocks of keys and values, or a state for each.</summary>
public abstract class LayerMemory : IDisposable
{
    /// <summary>Tensors whose first dimension is the block, for whoever moves blocks: [blocks, ...] each; empty for states.</summary>
    public virtual ImmutableArray<Tensor> BlockTensors => [];

    /// <summary>Gives the memory back; the lease is its owner's.</summary>
    public abstract void Dispose();

    /// <summary>This memory as the kind a layer was built for.</summary>
    /// <exception cref="InvariantBrokenException">It is of another kind.</exception>
    public T As<T>() where T : LayerMemory =>
        this as T ?? throw new InvariantBrokenException($"a layer that needs {typeof(T).Name} was given {GetType().Name}");
}
