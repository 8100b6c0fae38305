namespace Gaudi.Hpu.Ops.InTree;

/// <summary>One of a token's experts.</summary>
/// <param name="Expert">From 0, over all ranks.</param>
/// <param name="Weight">How much its output counts.</param>
internal readonly record struct ExpertChoice(int Expert, float Weight);
