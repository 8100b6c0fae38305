using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// All experts in one tensor, outputs before inputs, the gate's outputs before those they act on, as Granite keeps them:
/// `{prefix}.input_linear.weight` [experts, 2 * ffn, hidden] and `{prefix}.output_linear.weight` [experts, hidden, ffn].
/// </summary>
/// <remarks>Source: huggingface transformers, GraniteMoe's parallel experts, as of 2026-08. There are no biases.</remarks>
public sealed record RowStackedLayout : ExpertLayout
{
    /// <summary>The only one.</summary>
    public static RowStackedLayout Granite { get; } = new();

    internal override IEnumerable<ExpertPiece> Pieces(FusedMoeSpec spec)
    {
        Invariant.That(!spec.HasBias, $"{spec.Prefix}: experts in rows have no biases");
        long experts = spec.ExpertCount;
        long hidden = spec.HiddenSize;
        long inner = spec.IntermediateSize;
        var input = $"{spec.Prefix}.input_linear.weight";
        if (spec.IsExpertParallel)
        {
            yield return EachExpert(Own(input, 0, [experts, 2 * inner, hidden]), spec.FirstExpert, PlaceBoth);
        }
        else
        {
            // A rank's share of the gates, then its share of what they act on: two slices of one tensor.
            var share = (long)spec.OwnIntermediateSize;
            var first = spec.Lane.Rank * share;
            yield return EachExpert(
                new WeightSlice(input, [experts, 2 * inner, hidden], 1, first, share), spec.FirstExpert,
                (own, expert, rows) => own.FillGate(expert, rows));
            yield return EachExpert(
                new WeightSlice(input, [experts, 2 * inner, hidden], 1, inner + first, share), spec.FirstExpert,
                (own, expert, rows) => own.FillUp(expert, rows));
        }
        yield return EachExpert(
            Own($"{spec.Prefix}.output_linear.weight", 2, [experts, hidden, inner]), spec.FirstExpert,
            (own, expert, rows) => own.FillDown(expert, rows));

        WeightSlice Own(string name, int dimension, long[] shape) => WeightSlice.Share(
            name, [.. shape], spec.IsExpertParallel ? 0 : dimension, spec.Lane.Rank, spec.Lane.WorldSize);
    }

    private static void PlaceBoth(ExpertWeights own, int expert, Tensor values)
    {
        var halves = values.chunk(2, 0); // [ffn, hidden] each
        own.FillGate(expert, halves[0]);
        own.FillUp(expert, halves[1]);
    }
}
