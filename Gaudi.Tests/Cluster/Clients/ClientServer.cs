using System.Net.Http.Headers;
using Gaudi.Tests.Cluster.EndToEnd;
using Xunit;

namespace Gaudi.Tests.Cluster.Clients;

/// <summary>A server on two cards whose model may decide to call tools, and which asks for a key; shared by the clients.</summary>
public sealed class ClientServer : IAsyncLifetime
{
    /// <summary>The server's only key.</summary>
    internal const string Key = "secret";

    private ServerProcess? _server;

    internal ServerProcess Server => _server!;

    public async Task InitializeAsync()
    {
        _server = await ServerProcess.ServeAsync(
            "gaudi-demo", "-tp", "2", "--enable-auto-tool-choice", "--tool-call-parser", "hermes", "--api-key", Key);
        _server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    /// <summary>HTTP exchanges so far, but for this question's own.</summary>
    internal async Task<double> ExchangeCountAsync() => Http.Exposition.Read(await Server.Client.GetStringAsync("/metrics")).Samples
        .Where(one => one.Name == "http_requests_total" && one.Labels["handler"] != "/metrics").Sum(one => one.Value);
}
