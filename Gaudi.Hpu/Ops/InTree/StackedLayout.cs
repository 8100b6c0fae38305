using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// All experts in one tensor, inputs before outputs, gate and up outputs alternating, as gpt-oss keeps them:
/// `{prefix}.experts.gate_up_proj` [experts, hidden, 2 * ffn] and `gate_up_proj_bias` [experts, 2 * ffn], where output 2i
/// is gate i and output 2i+1 is up i; `down_proj` [experts, ffn, hidden] and `down_proj_bias` [experts, hidden].
/// </summary>
/// <remarks>Source: huggingface transformers, gpt-oss experts, as of 2026-08.</remarks>
/// <param name="IsPacked">
/// Whether weights are codes that are decoded expert by expert: `gate_up_proj_blocks[e]` [2 * ffn, hidden] and
/// `down_proj_blocks[e]` [hidden, ffn] stand for the stacks then, the biases are as they were.
/// </param>
public sealed record StackedLayout(bool IsPacked) : ExpertLayout
{
    /// <summary>In plain values.</summary>
    public static StackedLayout GptOss { get; } = new(IsPacked: false);

    /// <summary>In codes.</summary>
    public static StackedLayout GptOssPacked { get; } = new(IsPacked: true);

    internal override IEnumerable<ExpertPiece> Pieces(FusedMoeSpec spec)
    {
        long experts = spec.ExpertCount;
        long hidden = spec.HiddenSize;
        long inner = spec.IntermediateSize;
        ExpertPiece Piece(string name, long[] shape, int dimension, Action<ExpertWeights, int, Tensor> place) => EachExpert(
            WeightSlice.Share(
                $"{spec.Prefix}.experts.{name}", [.. shape], spec.IsExpertParallel ? 0 : dimension, spec.Lane.Rank,
                spec.Lane.WorldSize),
            spec.FirstExpert, place);
        if (IsPacked)
        {
            foreach (var piece in Enumerable.Range(0, spec.ExpertCount).SelectMany(expert => Packed(spec, expert)))
                yield return piece;
        }
        else
        {
            yield return Piece("gate_up_proj", [experts, hidden, 2 * inner], 2, PlaceGateUp);
            yield return Piece("down_proj", [experts, inner, hidden], 1, PlaceDown);
        }
        if (!spec.HasBias)
            yield break;
        yield return Piece("gate_up_proj_bias", [experts, 2 * inner], 1, PlaceGateUpBias);
        yield return EachExpert(
            WeightSlice.Whole($"{spec.Prefix}.experts.down_proj_bias", experts, hidden), firstExpert: 0,
            (own, expert, bias) => own.FillDownBias(expert, bias));
    }

    private static IEnumerable<ExpertPiece> Packed(FusedMoeSpec spec, int expert)
    {
        long hidden = spec.HiddenSize;
        long inner = spec.IntermediateSize;
        string Name(string stack) => $"{spec.Prefix}.experts.{stack}_blocks[{expert}]";
        yield return new ExpertPiece(ShareOf(spec, expert, Name("gate_up_proj"), [2 * inner, hidden], 0), (own, rows) =>
        {
            using var scope = NewDisposeScope();
            PlaceOutputs(own, expert, rows);
        });
        yield return new ExpertPiece(
            ShareOf(spec, expert, Name("down_proj"), [hidden, inner], 1), (own, rows) => own.FillDown(expert, rows));
    }

    private static void PlaceGateUp(ExpertWeights own, int expert, Tensor values) => PlaceOutputs(own, expert, values.t());

    // Of [2 * ffn, hidden].
    private static void PlaceOutputs(ExpertWeights own, int expert, Tensor outputs)
    {
        own.FillGate(expert, EverySecond(outputs, first: 0));
        own.FillUp(expert, EverySecond(outputs, first: 1));
    }

    private static void PlaceDown(ExpertWeights own, int expert, Tensor values) => own.FillDown(expert, values.t());

    private static void PlaceGateUpBias(ExpertWeights own, int expert, Tensor values)
    {
        own.FillGateBias(expert, EverySecond(values, first: 0));
        own.FillUpBias(expert, EverySecond(values, first: 1));
    }

    private static Tensor EverySecond(Tensor values, int first) => values.slice(0, first, values.shape[0], 2);
}
