using Microsoft.Extensions.Hosting;

namespace Gaudi.Cluster.Http;

/// <summary>The server lives as long as its caller says: signals are the node's business, not the web host's.</summary>
internal sealed class CallerLifetime : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
