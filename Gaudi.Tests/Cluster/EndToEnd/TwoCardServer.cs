using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>`gaudi serve`, exactly as a user runs it without a word more, shared by tests that only ask.</summary>
public sealed class TwoCardServer : IAsyncLifetime
{
    private ServerProcess? _server;

    internal ServerProcess Server => _server!;

    public async Task InitializeAsync() => _server = await ServerProcess.ServeAsync();

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
