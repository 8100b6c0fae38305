namespace Gaudi.Hpu.Cards.Probe;

/// <summary>What came of opening libhlml.</summary>
/// <param name="Functions">Null when it could not be opened.</param>
/// <param name="Reason">Why not; empty when it could.</param>
public sealed record HlmlOpening(HlmlFunctions? Functions, string Reason);
