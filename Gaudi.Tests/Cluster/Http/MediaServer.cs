using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>A host of images on a port the system chose: 127.0.0.1 and localhost are two names of it.</summary>
internal sealed class MediaServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private MediaServer(WebApplication app) => _app = app;

    /// <summary>Paths asked for, in order.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Completes when the client of /never has gone.</summary>
    public TaskCompletionSource Left { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when /never was asked for.</summary>
    public TaskCompletionSource Came { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Port { get; private set; }

    /// <param name="files">By path.</param>
    /// <param name="redirects">By path, where to; {port} is the server's own.</param>
    public static async Task<MediaServer> StartAsync(
        Dictionary<string, byte[]> files, Dictionary<string, string>? redirects = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = new MediaServer(builder.Build());
        server._app.Run(http => server.AnswerAsync(http, files, redirects ?? []));
        await server._app.StartAsync();
        var address = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        server.Port = new Uri(address).Port;
        return server;
    }

    public string Url(string path, string host = "127.0.0.1") => $"http://{host}:{Port}{path}";

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http, Dictionary<string, byte[]> files, Dictionary<string, string> redirects)
    {
        var path = http.Request.Path.Value!;
        Asked.Add(path);
        if (path == "/never")
        {
            http.RequestAborted.Register(() => Left.TrySetResult());
            Came.TrySetResult();
            await Left.Task;
            return;
        }
        if (path == "/endless")
        {
            // No length: the client must stop by itself, and breaks the connection then.
            while (!http.RequestAborted.IsCancellationRequested)
                await http.Response.Body.WriteAsync(new byte[1000]);
            Left.TrySetResult();
            return;
        }
        if (redirects.TryGetValue(path, out var to))
            http.Response.Redirect(to.Replace("{port}", $"{Port}", StringComparison.Ordinal));
        else if (files.TryGetValue(path, out var file))
            await http.Response.Body.WriteAsync(file);
        else
            http.Response.StatusCode = 404;
    }
}
