using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;
using Scalar = TorchSharp.Scalar;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// The input embedding, split over the ranks by tokens: each rank contributes its own tokens' rows and zeros for the
/// others, and the sum over ranks is the row itself. Zero is added in every group size, so that -0 becomes +0 in all.
/// </summary>
[OpName("VocabParallelEmbedding", "vocab_parallel_embedding")]
public class VocabParallelEmbedding : CustomOp<EmbeddingForward>, IWeighted
{
    private static readonly Scalar Zero = 0f; // Named: see TensorSums.

    /// <summary>Takes a <see cref="VocabularySpec"/>.</summary>
    public VocabParallelEmbedding(OpSpec spec) : base(spec)
    {
        Spec = (VocabularySpec)spec;
        Weight = new PackedMatrix(Spec.TokensOwned, Spec.HiddenSize, Spec.Dtype, Spec.Device);
    }

    /// <summary>What it was built from.</summary>
    public new VocabularySpec Spec { get; }

    /// <summary>Adds adapters' products; null where no adapter may. Not disposed here.</summary>
    internal VocabParallelEmbeddingWithLora? Lora { get; set; }

    /// <inheritdoc />
    public ImmutableArray<WeightSlice> Slices => [Spec.Slice];

    /// <inheritdoc />
    public long WeightBytes => PackedMatrix.BytesOf(Spec.TokensOwned, Spec.HiddenSize, Spec.Dtype);

    /// <summary>[tokens owned, hidden]; a tied head multiplies by it.</summary>
    internal PackedMatrix Weight { get; }

    /// <inheritdoc />
    protected override EmbeddingForward ForwardNative => tokenIds =>
    {
        using var scope = NewDisposeScope();
        var rows = zeros([tokenIds.shape[0], Spec.HiddenSize], ScalarType.Float32, Spec.Device); // [tokens, hidden]
        CopyOwned(tokenIds, rows);
        rows.Accumulate(Zero); // -0 becomes 0 here as it does in a sum over ranks
        Spec.Lane.AllReduceSum(rows);
        if (Lora is { HasRows: true })
            Lora.Forward(rows, tokenIds);
        return scope.MoveToOuter(rows.to_type(Spec.Dtype)); // exact without an adapter: the sum is one stored row
    };

    /// <inheritdoc />
    public void Load(int slice, Tensor values) => Weight.Fill(0, values);

    /// <inheritdoc />
    public void Dispose()
    {
        Weight.Dispose();
        GC.SuppressFinalize(this);
    }

    private unsafe void CopyOwned(Tensor tokenIds, Tensor rows)
    {
        var ids = (long*)TensorMemory.Pointer(tokenIds);
        var to = (float*)TensorMemory.Pointer(rows);
        for (var row = 0L; row < rows.shape[0]; row++)
        {
            Invariant.That((ulong)ids[row] < (ulong)Spec.VocabularySize, $"token {ids[row]} of {Spec.VocabularySize}");
            var owned = ids[row] - Spec.FirstToken;
            if (owned >= 0 && owned < Spec.TokensOwned)
                Weight.CopyOutput((int)owned, to + (row * Spec.HiddenSize));
        }
    }
}
