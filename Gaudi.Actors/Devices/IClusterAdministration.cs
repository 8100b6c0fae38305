using Gaudi.Actors.Protocols.Reports;

namespace Gaudi.Actors.Devices;

/// <summary>Orders to the cluster that cost no request: one at a time. Any thread.</summary>
public interface IClusterAdministration
{
    /// <summary>Starts every worker of the cluster anew, one after another, each when every replica serves again.</summary>
    /// <returns>Once it is decided; the restart goes on.</returns>
    Task<AdministrationAnswer> RestartAsync(CancellationToken cancellation);

    /// <summary>Takes all cards of a node out of use, if the others have room for what they serve.</summary>
    /// <param name="node">By address, as the reports name it.</param>
    /// <param name="cancellation">Ends the wait, not the drain.</param>
    /// <returns>Once it is decided; the drain goes on.</returns>
    Task<AdministrationAnswer> DrainAsync(string node, CancellationToken cancellation);

    /// <summary>How the newest order goes.</summary>
    Task<AdministrationReport> ReportAsync(CancellationToken cancellation);
}
