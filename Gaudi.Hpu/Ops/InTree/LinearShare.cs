using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What one rank has of a linear layer's weight, and where it lies in the checkpoint.</summary>
/// <param name="Lane">This rank's place in its group.</param>
/// <param name="Split">What the ranks divide.</param>
/// <param name="InputSize">Inputs over all ranks.</param>
/// <param name="Parts">The stacked checkpoint weights, in the order of the outputs.</param>
public sealed record LinearShare(RankLane Lane, LinearSplit Split, int InputSize, ImmutableArray<LinearPart> Parts)
{
    /// <summary>Inputs of this rank.</summary>
    public int InputCount => Split == LinearSplit.Inputs ? Lane.Share(InputSize) : InputSize;

    /// <summary>Outputs of this rank.</summary>
    public int OutputCount => Parts.Sum(OutputsOf);

    /// <summary>Where the shards of this rank's inputs begin and end: see <see cref="SummationShards"/>.</summary>
    public int[] Boundaries => Split == LinearSplit.Inputs
        ? SummationShards.Boundaries(InputSize, Lane.Rank, Lane.WorldSize)
        : SummationShards.Boundaries(InputSize, part: 0, partCount: 1);

    /// <summary>A part's outputs of this rank.</summary>
    public int OutputsOf(LinearPart part) =>
        Split == LinearSplit.Outputs ? Lane.Share(part.OutputSize) : part.OutputSize;

    /// <summary>The first output of a part among this rank's.</summary>
    public int FirstOutput(int part) => Parts.Take(part).Sum(OutputsOf);

    /// <summary>This rank's slice of a part's bias: [outputs].</summary>
    public WeightSlice Bias(LinearPart part)
    {
        var first = Split == LinearSplit.Outputs ? Lane.Rank * OutputsOf(part) : 0;
        return new WeightSlice($"{part.Tensor}.bias", [TotalOutputs(part)], 0, FirstRow(part) + first, OutputsOf(part));
    }

    /// <summary>This rank's slice of a part's tensor that has inputs along one dimension and outputs along the other.</summary>
    /// <param name="part">One of <see cref="Parts"/>.</param>
    /// <param name="kind">What follows the part's name, such as `weight`.</param>
    /// <param name="inputIndexCount">Indices along the inputs, over all ranks; fewer than inputs where several share one.</param>
    /// <param name="outputsPerIndex">Outputs that share an index; divides this rank's and where they begin.</param>
    /// <param name="isOutputFirst">Whether the outputs are dimension 0.</param>
    /// <param name="hasAllInputs">Whether a rank keeps all indices along the inputs, whatever it has of them.</param>
    public WeightSlice Grid(
        LinearPart part, string kind, int inputIndexCount, int outputsPerIndex, bool isOutputFirst,
        bool hasAllInputs = false)
    {
        var name = $"{part.Tensor}.{kind}";
        var outputIndexCount = TotalOutputs(part) / outputsPerIndex;
        ImmutableArray<long> shape = isOutputFirst ? [outputIndexCount, inputIndexCount] : [inputIndexCount, outputIndexCount];
        if (Split == LinearSplit.Inputs && !hasAllInputs)
        {
            Invariant.That(part.Fused is null, $"{name}: only a layer sliced by outputs reads from a fused tensor");
            return WeightSlice.Share(name, shape, isOutputFirst ? 1 : 0, Lane.Rank, Lane.WorldSize);
        }
        var first = FirstRow(part) + (Split == LinearSplit.Outputs ? Lane.Rank * OutputsOf(part) : 0);
        Invariant.That(
            first % outputsPerIndex == 0 && OutputsOf(part) % outputsPerIndex == 0,
            $"{name}: outputs {first} .. {first + OutputsOf(part)} in words of {outputsPerIndex}");
        return new WeightSlice(
            name, shape, isOutputFirst ? 0 : 1, first / outputsPerIndex, OutputsOf(part) / outputsPerIndex);
    }

    private static int FirstRow(LinearPart part) => part.Fused?.FirstRow ?? 0;

    private static int TotalOutputs(LinearPart part)
    {
        if (part.Fused is not { } fused)
            return part.OutputSize;
        Invariant.That(
            fused.FirstRow >= 0 && fused.FirstRow + part.OutputSize <= fused.TotalRows,
            $"{part.Name}: rows {fused.FirstRow} .. {fused.FirstRow + part.OutputSize} of {fused.Tensor}'s {fused.TotalRows}");
        return fused.TotalRows;
    }
}
