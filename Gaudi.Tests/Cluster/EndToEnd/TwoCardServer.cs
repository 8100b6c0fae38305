using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>
/// `gaudi serve` as a user runs it without a model's name, shared by tests that only ask. A start on a busy machine is not told
/// as a wait.
/// </summary>
public sealed class TwoCardServer : IAsyncLifetime
{
    private ServerProcess? _server;

    internal ServerProcess Server => _server!;

    public async Task InitializeAsync() => _server = await ServerProcess.ServeAsync(
        "--set", "gaudi.node.news-timeout-ms=60000");

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
