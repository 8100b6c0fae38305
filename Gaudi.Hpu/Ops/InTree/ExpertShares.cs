using Gaudi.Hpu.Collectives;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What a rank has of the linear layers of one expert.</summary>
internal static class ExpertShares
{
    /// <summary>Gate and up: [ffn of this rank, hidden] each.</summary>
    public static LinearShare GateUp(FusedMoeSpec spec, int expert)
    {
        var names = Names(spec, expert);
        return new LinearShare(
            LaneOf(spec), LinearSplit.Outputs, spec.HiddenSize,
            [new LinearPart(names[0], spec.IntermediateSize), new LinearPart(names[1], spec.IntermediateSize)]);
    }

    /// <summary>Down: [hidden, ffn of this rank].</summary>
    public static LinearShare Down(FusedMoeSpec spec, int expert) => new(
        LaneOf(spec), LinearSplit.Inputs, spec.IntermediateSize, [new LinearPart(Names(spec, expert)[2], spec.HiddenSize)]);

    // Whole experts are split over nobody.
    private static RankLane LaneOf(FusedMoeSpec spec) =>
        spec.IsExpertParallel ? new RankLane(new SingleRankCollective(epoch: 0)) : spec.Lane;

    // Experts without tensors of their own are filled by their layout: their names are for messages.
    private static IReadOnlyList<string> Names(FusedMoeSpec spec, int expert)
    {
        var names = spec.Layout.LayersOf(spec, expert);
        var prefix = $"{spec.Prefix}.experts.{expert}";
        return names.IsEmpty ? [$"{prefix}.gate", $"{prefix}.up", $"{prefix}.down"] : names;
    }
}
