using System.Text.Json;
using System.Text.Json.Nodes;
using Gaudi.Cluster.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gaudi.Cluster.Disaggregation;

/// <summary>
/// The way in of a disaggregated deployment: a prompt goes to a prefill server, then with the place of its blocks to a decode
/// server, whose answer is passed on as it comes. Whatever the prefill server does not do, the decode server does alone.
/// </summary>
/// <remarks>
/// Source: vLLM's toy proxy for its NIXL connector. Adapters are every server's, all other paths the first decode server's.
/// </remarks>
internal sealed class Router : IAsyncDisposable
{
    private static readonly string[] Generations = ["/v1/completions", "/v1/chat/completions"];
    private static readonly string[] Adapters = [AdapterRoad.LoadPath, AdapterRoad.UnloadPath];

    private readonly RouterSettings _settings;
    private readonly ServerCalls _calls;
    private readonly PrefillRoad _prefill;
    private readonly AdapterRoad _adapters;

    private WebApplication? _app;
    private int _decodeTurn;

    private Router(RouterSettings settings, ILogger log)
    {
        (_settings, _calls) = (settings, new ServerCalls(log));
        _prefill = new PrefillRoad(settings, _calls, log);
        _adapters = new AdapterRoad(settings, _calls, log);
    }

    /// <summary>Where clients of this machine reach it.</summary>
    internal Uri Url { get; private set; } = null!;

    /// <summary>Listens from now on.</summary>
    /// <param name="settings">Where, and in front of what.</param>
    /// <param name="loggers">Told of prompts that a decode server had to compute.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="HttpServerStartException">The address cannot be listened on.</exception>
    internal static async Task<Router> StartAsync(RouterSettings settings, ILoggerFactory loggers, CancellationToken cancellation)
    {
        var listen = new HttpServerSettings(settings.Host, settings.Port);
        var endpoint = await ListenAddress.FindAsync(listen, cancellation).ConfigureAwait(false);
        var router = new Router(settings, loggers.CreateLogger("Gaudi.Router"));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, CallerLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.StopTimeout);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = settings.BodyBytesMax;
            kestrel.Listen(endpoint, one => one.Protocols = HttpProtocols.Http1);
        });
        router._app = builder.Build();
        router._app.Run(router.AnswerAsync);
        try
        {
            await router._app.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch (IOException failure)
        {
            await router.DisposeAsync().ConfigureAwait(false);
            throw ListenAddress.Refused(listen, failure);
        }
        var features = router._app.Services.GetRequiredService<IServer>().Features;
        router.Url = new Uri(features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());
        return router;
    }

    /// <summary>Waits for open answers, as long as the settings say.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_app is { } app)
        {
            await app.StopAsync().ConfigureAwait(false);
            await app.DisposeAsync().ConfigureAwait(false);
        }
        _calls.Dispose();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        try
        {
            var body = await ReadAsync(http).ConfigureAwait(false);
            var path = HttpMethods.IsPost(http.Request.Method) ? http.Request.Path.Value : null;
            if (Generations.Contains(path))
                await GenerateAsync(http, body).ConfigureAwait(false);
            else if (Adapters.Contains(path))
                await _adapters.AnswerAsync(http, body).ConfigureAwait(false);
            else
                await _calls.PassAsync(http, _settings.DecodeServers[0], body).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client has gone, and with it the servers' work.
        }
    }

    private async Task GenerateAsync(HttpContext http, byte[] body)
    {
        var kept = Parse(body) is { } request && PrefillBody.Of(request) is { } prefill
            ? await _prefill.AskAsync(http, request, prefill).ConfigureAwait(false)
            : null;
        var isAnswered = false;
        try
        {
            isAnswered = await _calls.PassAsync(http, NextDecodeServer(), kept?.DecodeBody ?? body).ConfigureAwait(false);
        }
        finally
        {
            if (kept is not null && !isAnswered)
                await _prefill.ReleaseAsync(http, kept).ConfigureAwait(false);
        }
    }

    private Uri NextDecodeServer() =>
        _settings.DecodeServers[(int)((uint)Interlocked.Increment(ref _decodeTurn) % (uint)_settings.DecodeServers.Length)];

    private static async Task<byte[]> ReadAsync(HttpContext http)
    {
        using var bytes = new MemoryStream();
        await http.Request.Body.CopyToAsync(bytes, http.RequestAborted).ConfigureAwait(false);
        return bytes.ToArray();
    }

    // What is no object, or not one that servers take, the decode server refuses with its own words.
    private static JsonObject? Parse(byte[] body)
    {
        try
        {
            return StrictJson.FaultOf(body) is null ? JsonNode.Parse(body) as JsonObject : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
