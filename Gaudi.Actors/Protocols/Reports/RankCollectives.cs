namespace Gaudi.Actors.Protocols.Reports;

/// <summary>Collective calls of one rank.</summary>
/// <param name="Rank">In its group.</param>
/// <param name="CallCount">Completed in this epoch: begins anew with each.</param>
public readonly record struct RankCollectives(int Rank, long CallCount);
