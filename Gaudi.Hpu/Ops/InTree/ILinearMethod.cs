using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>How a linear layer keeps its weight, and the product with it.</summary>
public interface ILinearMethod : IWeighted
{
    /// <summary>Bytes alive during a product beside the rows it reads and writes.</summary>
    /// <param name="rowCount">Rows of the product.</param>
    long ScratchBytes(int rowCount);

    /// <summary>x W^T over this rank's inputs, by the order of the fixed shards, without bias.</summary>
    /// <param name="x">[tokens, inputs of this rank]. Not changed.</param>
    /// <param name="role">Of every row.</param>
    /// <returns>[tokens, outputs of this rank], float32; the caller disposes it.</returns>
    Tensor Product(Tensor x, TokenRole role);

    /// <summary>The same sums before the tree: each shard's own.</summary>
    /// <param name="x">[tokens, inputs of this rank]. Not changed.</param>
    /// <param name="role">Of every row.</param>
    /// <returns>[shards of this rank, tokens, outputs of this rank], float32; the caller disposes it.</returns>
    Tensor ShardProducts(Tensor x, TokenRole role);

    /// <summary>The whole weight, for layers that read it in another way.</summary>
    /// <returns>[outputs of this rank, inputs of this rank], float32; the caller disposes it.</returns>
    Tensor Widened();
}
