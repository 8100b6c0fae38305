using System.Collections.Immutable;

namespace Gaudi.Actors.Protocols.Reports;

/// <summary>A rolling restart, or the drain of a node: the newest that was asked of this server.</summary>
/// <param name="Kind">restart, drain, or none.</param>
/// <param name="State">running, done or failed; none where nothing was asked.</param>
/// <param name="Reason">What it does now, or why it failed.</param>
/// <param name="Cards">In the order they are taken.</param>
public sealed record AdministrationReport(string Kind, string State, string Reason, ImmutableArray<AdministrationRow> Cards)
{
    /// <summary>Nothing was asked yet.</summary>
    public static AdministrationReport None { get; } = new("none", "none", "", []);

    /// <summary>True until it is over.</summary>
    public bool IsRunning() => State == "running";
}
