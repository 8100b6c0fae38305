using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Adapters of the input embedding: A x is a column of A, which every rank has whole, so no sum over ranks is needed.</summary>
[OpName("VocabParallelEmbeddingWithLoRA", "vocab_parallel_embedding_with_lora")]
public class VocabParallelEmbeddingWithLora(OpSpec spec) : LoraLayer(spec)
{
    /// <inheritdoc />
    protected override LoraForward ForwardNative => (sums, x) => Add(sums, x, PlainProduct.Of);

    private protected override long ABytes(LoraTarget target) =>
        PackedMatrix.BytesOf(target.InputCount, Spec.Room.RankMax, Spec.Dtype);

    // Turned: a token's column is an output's weights.
    private protected override PackedMatrix NewA(LoraTarget target) =>
        new(target.InputCount, Spec.Room.RankMax, Spec.Dtype, Spec.Device);

    private protected override void FillA(PackedMatrix room, Tensor a)
    {
        using var turned = a.t(); // [inputs, rank]
        room.Fill(0, turned);
    }

    private protected override unsafe Tensor Shrink(Tensor rows, PackedMatrix a, LoraProduct product)
    {
        var shrunk = empty([rows.shape[0], Spec.Room.RankMax], ScalarType.Float32, Spec.Device); // [tokens, rank]
        var ids = (long*)TensorMemory.Pointer(rows);
        var to = (float*)TensorMemory.Pointer(shrunk);
        for (var row = 0L; row < rows.shape[0]; row++)
            a.CopyOutput(checked((int)ids[row]), to + (row * Spec.Room.RankMax));
        return shrunk;
    }
}
