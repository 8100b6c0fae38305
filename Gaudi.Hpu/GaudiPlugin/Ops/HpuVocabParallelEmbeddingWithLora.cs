using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>Adapters of the embedding, with the products of <see cref="HpuLinearWithLora"/>.</summary>
public sealed class HpuVocabParallelEmbeddingWithLora(OpSpec spec) : VocabParallelEmbeddingWithLora(spec)
{
    /// <inheritdoc />
    protected override LoraForward ForwardOutOfTree => (sums, x) => Add(sums, x, PackedProduct.Of);
}
