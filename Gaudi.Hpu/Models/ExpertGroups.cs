namespace Gaudi.Hpu.Models;

/// <summary>How experts are chosen by groups: first the best groups, then experts in them.</summary>
/// <param name="Count">Groups; divides the experts.</param>
/// <param name="ChosenCount">Groups that experts are chosen from.</param>
public sealed record ExpertGroups(int Count, int ChosenCount);
