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
/// <remarks>Source: vLLM's toy proxy for its NIXL connector. All other paths are the first decode server's.</remarks>
internal sealed class Router : IAsyncDisposable
{
    private static readonly string[] Generations = ["/v1/completions", "/v1/chat/completions"];

    private readonly RouterSettings _settings;
    private readonly ILogger _log;
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
    {
        Timeout = Timeout.InfiniteTimeSpan, // The servers have theirs, and a client that leaves ends its request.
    };

    private WebApplication? _app;
    private int _prefillTurn;
    private int _decodeTurn;

    private Router(RouterSettings settings, ILogger log) => (_settings, _log) = (settings, log);

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
        _client.Dispose();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        try
        {
            var body = await ReadAsync(http).ConfigureAwait(false);
            var isGeneration = HttpMethods.IsPost(http.Request.Method) && Generations.Contains(http.Request.Path.Value);
            if (isGeneration && Parse(body) is { } request && PrefillBody.Of(request) is { } prefill
                && await PrefillAsync(http, prefill).ConfigureAwait(false) is { } handed)
            {
                request[PrefillBody.Params] = handed;
                body = JsonSerializer.SerializeToUtf8Bytes(request);
            }
            var decode = isGeneration ? Next(_settings.DecodeServers, ref _decodeTurn) : _settings.DecodeServers[0];
            await PassAsync(http, decode, body).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client has gone, and with it the servers' work.
        }
    }

    // Where the blocks lie; null where the decode server is to compute the prompt itself.
    private async Task<JsonNode?> PrefillAsync(HttpContext http, JsonObject prefill)
    {
        var server = Next(_settings.PrefillServers, ref _prefillTurn);
        try
        {
            using var message = Message(http, server, JsonSerializer.SerializeToUtf8Bytes(prefill));
            using var answer = await _client.SendAsync(message, http.RequestAborted).ConfigureAwait(false);
            var text = await answer.Content.ReadAsByteArrayAsync(http.RequestAborted).ConfigureAwait(false);
            if (answer.IsSuccessStatusCode)
                return Parse(text)?[PrefillBody.Params]?.DeepClone(); // None: the answer ended with the prompt's first token.
            if ((int)answer.StatusCode >= StatusCodes.Status500InternalServerError)
                _log.LogWarning(
                    "Prefill server {Server} answered {Status}; the decode server computes the prompt", server, (int)answer.StatusCode);
        }
        catch (HttpRequestException lost)
        {
            _log.LogWarning("Prefill server {Server} is lost ({Reason}); the decode server computes the prompt", server, lost.Message);
        }
        return null;
    }

    private async Task PassAsync(HttpContext http, Uri server, byte[] body)
    {
        try
        {
            using var message = Message(http, server, body);
            using var answer = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, http.RequestAborted)
                .ConfigureAwait(false);
            http.Response.StatusCode = (int)answer.StatusCode;
            foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).Where(header => IsPassed(header.Key)))
                http.Response.Headers[name] = values.ToArray();
            await using var stream = await answer.Content.ReadAsStreamAsync(http.RequestAborted).ConfigureAwait(false);
            var chunk = new byte[16_384];
            while (await stream.ReadAsync(chunk, http.RequestAborted).ConfigureAwait(false) is > 0 and var count)
            {
                await http.Response.Body.WriteAsync(chunk.AsMemory(0, count), http.RequestAborted).ConfigureAwait(false);
                await http.Response.Body.FlushAsync(http.RequestAborted).ConfigureAwait(false);
            }
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException && !http.RequestAborted.IsCancellationRequested)
        {
            _log.LogWarning("Decode server {Server} is lost: {Reason}", server, lost.Message);
            if (http.Response.HasStarted)
                http.Abort(); // Half an answer must not look whole.
            else
                await JsonAnswer.SendAsync(http, ApiError.Unavailable("The decode server does not answer; try again later.", 1))
                    .ConfigureAwait(false);
        }
    }

    private static HttpRequestMessage Message(HttpContext http, Uri server, byte[] body)
    {
        var message = new HttpRequestMessage(
            new HttpMethod(http.Request.Method), new Uri(server, http.Request.Path + http.Request.QueryString.Value));
        if (body.Length > 0)
            message.Content = new ByteArrayContent(body);
        foreach (var (name, values) in http.Request.Headers.Where(header => IsPassed(header.Key)))
        {
            if (!message.Headers.TryAddWithoutValidation(name, values.ToArray()))
                message.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
        }
        return message;
    }

    // Of one connection alone, or said anew: a body that was changed has another length.
    private static bool IsPassed(string header) => header.ToUpperInvariant() is not (
        "CONNECTION" or "KEEP-ALIVE" or "TRANSFER-ENCODING" or "UPGRADE" or "TE" or "TRAILER" or "PROXY-AUTHORIZATION" or "HOST"
        or "CONTENT-LENGTH" or "EXPECT");

    private static async Task<byte[]> ReadAsync(HttpContext http)
    {
        using var bytes = new MemoryStream();
        await http.Request.Body.CopyToAsync(bytes, http.RequestAborted).ConfigureAwait(false);
        return bytes.ToArray();
    }

    // What is no object, the decode server refuses with its own words.
    private static JsonObject? Parse(byte[] body)
    {
        try
        {
            return JsonNode.Parse(body) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Uri Next(System.Collections.Immutable.ImmutableArray<Uri> servers, ref int turn) =>
        servers[(int)((uint)Interlocked.Increment(ref turn) % (uint)servers.Length)];
}
