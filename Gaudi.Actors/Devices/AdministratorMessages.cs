using Gaudi.Actors.Protocols;
using Gaudi.Actors.Protocols.Reports;

namespace Gaudi.Actors.Devices;

/// <summary>Restart all workers one by one, or drain a node.</summary>
/// <param name="Node">Which node is drained; null: the rolling restart.</param>
/// <param name="Answer">Completed once it is decided.</param>
internal sealed record Administrate(string? Node, TaskCompletionSource<AdministrationAnswer> Answer) : ILocalMessage;

/// <summary>Asks how the newest order goes.</summary>
/// <param name="Answer">Completed at once.</param>
internal sealed record GetAdministration(TaskCompletionSource<AdministrationReport> Answer) : ILocalMessage;
