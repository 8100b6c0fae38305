namespace Gaudi.Actors.Protocols.Reports;

/// <summary>One card of a rolling restart or a drain.</summary>
/// <param name="Node">Its node, by address.</param>
/// <param name="Card">On its node, from 0.</param>
/// <param name="State">waiting, running, done or failed.</param>
/// <param name="PidBefore">The worker that was to go; null where none ran.</param>
/// <param name="PidAfter">The worker in its place; null before, and where none is started.</param>
/// <param name="Seconds">From the moment it was taken out until every replica served again; 0 until then.</param>
public sealed record AdministrationRow(string Node, int Card, string State, int? PidBefore, int? PidAfter, double Seconds);
