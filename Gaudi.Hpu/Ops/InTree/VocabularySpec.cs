using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// What a vocabulary embedding and an output head are built from. Every rank owns ceil(vocabulary / ranks) neighbouring
/// tokens; the last ranks' slices are padded with zero rows.
/// </summary>
/// <param name="Prefix">Checkpoint name without `.weight`.</param>
/// <param name="Dtype">Of activations and weight.</param>
/// <param name="Device">Where the weight lives.</param>
/// <param name="Lane">This rank's place in its group.</param>
/// <param name="VocabularySize">Tokens over all ranks.</param>
/// <param name="HiddenSize">Values a token.</param>
public sealed record VocabularySpec(
    string Prefix, ScalarType Dtype, Device Device, RankLane Lane, int VocabularySize, int HiddenSize)
    : OpSpec(Prefix, Dtype, Device)
{
    /// <summary>A head that shares its embedding's weight names the embedding here.</summary>
    public VocabParallelEmbedding? Tied { get; init; }

    /// <summary>Tokens a rank owns, padding included.</summary>
    public int TokensOwned => (VocabularySize + Lane.WorldSize - 1) / Lane.WorldSize;

    /// <summary>This rank's first token.</summary>
    public int FirstToken => Lane.Rank * TokensOwned;

    /// <summary>This rank's rows of the checkpoint's [vocabulary, hidden].</summary>
    public WeightSlice Slice
    {
        get
        {
            var start = Math.Min(FirstToken, VocabularySize);
            var end = Math.Min(FirstToken + TokensOwned, VocabularySize);
            return new WeightSlice($"{Prefix}.weight", [VocabularySize, HiddenSize], 0, start, end - start);
        }
    }
}
