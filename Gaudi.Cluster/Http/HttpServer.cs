using System.Net;
using System.Net.Sockets;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Requests;
using Gaudi.Cluster.Http.Metrics;
using Gaudi.Hpu.KvTransfer;
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
using Microsoft.Extensions.Logging.Abstractions;

namespace Gaudi.Cluster.Http;

/// <summary>The OpenAI-compatible server of one model. Any thread.</summary>
public sealed class HttpServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stopping;
    private readonly RequestDoor _door;
    private readonly TimeSpan _stopTimeout;
    private readonly TimeProvider _time;
    private readonly Lazy<Task> _stop;

    private HttpServer(
        WebApplication app, CancellationTokenSource stopping, RequestDoor door, HttpServerSettings settings, TimeProvider time,
        Uri url)
    {
        (_app, _stopping, _door, _time, Url) = (app, stopping, door, time, url);
        _stopTimeout = TimeSpan.FromMilliseconds(settings.StopTimeoutMs);
        _stop = new Lazy<Task>(StopOnceAsync);
    }

    /// <summary>
    /// Where clients of this machine reach it, with the port that was really bound and without a path.
    /// </summary>
    public Uri Url { get; }

    /// <summary>Starts to listen and to serve; ids and seeds come from a start drawn from the system.</summary>
    /// <exception cref="HttpServerStartException">The address cannot be listened on.</exception>
    public static Task<HttpServer> StartAsync(
        HttpServerSettings settings, ServedModel model, IGenerationClient client, IServerReports reports,
        TimeProvider time, ILoggerFactory? loggers, CancellationToken cancellation) =>
        StartAsync(settings, model, client, reports, time, RequestNumbers.FromSystem(), loggers, cancellation);

    /// <summary>Starts to listen and to serve.</summary>
    /// <param name="settings">Where, and the limits.</param>
    /// <param name="model">The one model.</param>
    /// <param name="client">Runs the choices.</param>
    /// <param name="reports">Answers the reports and the health.</param>
    /// <param name="time">Stamps answers and bounds the reports.</param>
    /// <param name="numbers">Gives request ids and seeds.</param>
    /// <param name="loggers">Null logs nothing.</param>
    /// <param name="cancellation">Of the start only.</param>
    /// <param name="administration">Takes orders to the cluster; null where there is none.</param>
    /// <exception cref="HttpServerStartException">The address cannot be listened on.</exception>
    public static async Task<HttpServer> StartAsync(
        HttpServerSettings settings, ServedModel model, IGenerationClient client, IServerReports reports,
        TimeProvider time, IRequestNumbers numbers, ILoggerFactory? loggers, CancellationToken cancellation,
        IClusterAdministration? administration = null)
    {
        loggers ??= NullLoggerFactory.Instance;
        var endpoint = await ListenAddress.FindAsync(settings, cancellation);
        var stopping = new CancellationTokenSource();
        var door = new RequestDoor();
        var (requests, exchanges) = (new RequestMetrics(model.ContextTokensMax), new HttpMetrics(time));
        var app = Build(endpoint, settings, loggers);
        var log = loggers.CreateLogger("Gaudi.Http");
        // Before all others: a browser asks ahead without a key, and reads refusals too.
        app.UseCors(settings.CrossOrigin.Apply);
        app.Use(next => new RequestGuard(next, settings, numbers, log, door, exchanges, time).AnswerAsync);
        app.Use(next => new ApiKeyGate(next, settings.ApiKeys).AnswerAsync);
        var stream = new CompletionStream(
            client, model.Tokenizer, settings.RetryAfterSeconds, requests, time, stopping.Token);
        var fieldLog = new FieldLog(log);
        var load = new ServerLoad();
        MapGeneration(app, load, new GenerationEndpoints(
            settings, model, new GenerationResponder(stream, settings, requests, time, log), fieldLog, numbers, time));
        MapEmbeddings(app, load, new EmbeddingEndpoints(
            settings, model, new EmbeddingStream(client, settings.RetryAfterSeconds, requests, stopping.Token), fieldLog, time));
        MapTokens(app, new TokenEndpoints(model, settings, fieldLog, time));
        if (settings.UpdatesAdapters && model.Adapters is { } adapters)
            MapAdapters(app, new AdapterEndpoints(adapters, settings, fieldLog));
        if (settings.KvRole is KvRole.Producer or KvRole.Both)
            app.MapPost(KvReleaseEndpoint.Path, new KvReleaseEndpoint(client, model, settings, fieldLog).ReleaseAsync);
        if (administration is not null)
            MapAdministration(app, new AdministrationEndpoints(administration, settings, fieldLog));
        MapReports(app, new ReportEndpoints(settings, model, reports, requests, exchanges, door, time));
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (Exception failure)
        {
            await app.DisposeAsync();
            stopping.Dispose();
            if (failure is IOException or SocketException)
                throw ListenAddress.Refused(settings, failure);
            throw;
        }
        return new HttpServer(app, stopping, door, settings, time, BoundUrl(app));
    }

    /// <summary>
    /// Takes no new request, and waits for the answers of those that were let in: running, waiting or being sent. It listens
    /// on, to say so.
    /// </summary>
    /// <param name="limit">How long it waits at most.</param>
    /// <param name="began">Told how many answers are waited for.</param>
    /// <returns>How many are still open.</returns>
    public async Task<int> DrainAsync(TimeSpan limit, Action<int> began)
    {
        began(_door.Shut());
        await Task.WhenAny(_door.Empty, Task.Delay(limit, _time));
        return _door.Count;
    }

    /// <summary>
    /// Refuses new requests, ends the open ones with finish reason abort, and closes what is left after the stop
    /// timeout. A second call waits for the first.
    /// </summary>
    public Task StopAsync() => _stop.Value;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _app.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task StopOnceAsync()
    {
        _door.Shut();
        await _stopping.CancelAsync();
        using var deadline = new CancellationTokenSource(_stopTimeout, _time);
        await _app.StopAsync(deadline.Token);
    }

    private static WebApplication Build(IPEndPoint endpoint, HttpServerSettings settings, ILoggerFactory loggers)
    {
        // Empty, not slim: settings come from the caller alone, not from ASPNETCORE_ variables or an appsettings.json.
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Services.AddRoutingCore();
        builder.Services.AddCors();
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, CallerLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Kestrel closes on a body over its limit: a client that sends all before it listens would never hear why. Ours is
            // kept by RequestBody; what an answer leaves unread, Kestrel reads and drops for up to five seconds.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(endpoint, listen => listen.Protocols = HttpProtocols.Http1);
        });
        return builder.Build();
    }

    private static void MapEmbeddings(WebApplication app, ServerLoad load, EmbeddingEndpoints embeddings) =>
        app.MapPost("/v1/embeddings", load.Counted(embeddings.EmbedAsync));

    private static void MapGeneration(WebApplication app, ServerLoad load, GenerationEndpoints generation)
    {
        app.MapPost("/v1/completions", load.Counted(generation.CompleteAsync));
        app.MapPost("/v1/chat/completions", load.Counted(generation.ChatAsync));
        app.MapGet("/load", load.ShowAsync);
    }

    private static void MapTokens(WebApplication app, TokenEndpoints tokens)
    {
        app.MapPost("/tokenize", tokens.TokenizeAsync);
        app.MapPost("/detokenize", tokens.DetokenizeAsync);
    }

    private static void MapAdapters(WebApplication app, AdapterEndpoints adapters)
    {
        app.MapPost("/v1/load_lora_adapter", adapters.LoadAsync);
        app.MapPost("/v1/unload_lora_adapter", adapters.UnloadAsync);
    }

    private static void MapAdministration(WebApplication app, AdministrationEndpoints administration)
    {
        app.MapPost(AdministrationEndpoints.RestartPath, administration.RestartAsync);
        app.MapPost(AdministrationEndpoints.DrainPath, administration.DrainAsync);
        app.MapGet(AdministrationEndpoints.ReportPath, administration.ReportAsync);
    }

    private static void MapReports(WebApplication app, ReportEndpoints reports)
    {
        app.MapGet("/v1/models", reports.ModelsAsync);
        app.MapGet("/v1/models/{**name}", reports.ModelAsync);
        app.MapGet("/v1/plugins", reports.PluginsAsync);
        app.MapGet("/v1/ops", reports.OpsAsync);
        app.MapGet("/v1/cards", reports.CardsAsync);
        app.MapGet("/v1/events", reports.EventsAsync);
        app.MapGet("/health", reports.HealthAsync);
        app.MapGet("/livez", reports.LiveAsync);
        app.MapGet("/readyz", reports.ReadyAsync);
        app.MapMethods("/ping", ["GET", "POST"], reports.HealthAsync);
        app.MapGet("/metrics", reports.MetricsAsync);
        app.MapGet("/version", ReportEndpoints.VersionAsync);
    }

    private static Uri BoundUrl(WebApplication app)
    {
        var features = app.Services.GetRequiredService<IServer>().Features;
        var bound = new UriBuilder(features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());
        // A wildcard is a place to listen, not one to connect to.
        bound.Host = bound.Host switch { "0.0.0.0" => "127.0.0.1", "[::]" => "[::1]", var host => host };
        return bound.Uri;
    }
}
