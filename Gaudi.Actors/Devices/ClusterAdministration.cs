using Akka.Actor;
using Gaudi.Actors.Protocols.Reports;

namespace Gaudi.Actors.Devices;

/// <summary>The way in to the <see cref="ClusterAdministrator"/> for callers that are no actors. Any thread.</summary>
/// <param name="administrator">The actor.</param>
public sealed class ClusterAdministration(ICanTell administrator) : IClusterAdministration
{
    /// <inheritdoc />
    public Task<AdministrationAnswer> RestartAsync(CancellationToken cancellation) => OrderAsync(null, cancellation);

    /// <inheritdoc />
    public Task<AdministrationAnswer> DrainAsync(string node, CancellationToken cancellation) => OrderAsync(node, cancellation);

    /// <inheritdoc />
    public async Task<AdministrationReport> ReportAsync(CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<AdministrationReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        administrator.Tell(new GetAdministration(answer), ActorRefs.NoSender);
        return await answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    private async Task<AdministrationAnswer> OrderAsync(string? node, CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<AdministrationAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        administrator.Tell(new Administrate(node, answer), ActorRefs.NoSender);
        return await answer.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }
}
