using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gaudi.Actors.Protocols.Reports;
using Gaudi.Actors.Requests;
using Gaudi.Cluster.Http.Bodies;
using Gaudi.Cluster.Http.Metrics;
using Microsoft.AspNetCore.Http;

namespace Gaudi.Cluster.Http;

/// <summary>
/// What the server says about itself: models, health, version, and the reports of the command line's verbs.
/// </summary>
internal sealed class ReportEndpoints(
    HttpServerSettings settings, ServedModel model, IServerReports reports, RequestMetrics requests, HttpMetrics exchanges,
    RequestDoor door, TimeProvider time)
{
    private static readonly string Version =
        typeof(ReportEndpoints).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>GET /v1/models.</summary>
    public Task ModelsAsync(HttpContext http) => JsonAnswer.SendAsync(
        http, StatusCodes.Status200OK,
        JsonSerializer.SerializeToUtf8Bytes(
            new ModelList("list", [Card, .. (model.Adapters?.All ?? []).Select(CardOf)]), HttpJson.Written.ModelList));

    /// <summary>GET /v1/models/NAME.</summary>
    public Task ModelAsync(HttpContext http)
    {
        // The server leaves an escaped slash as it is, and clients escape the one in a model's name.
        var name = ((string?)http.Request.RouteValues["name"] ?? "")
            .Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var card = name == model.Name ? Card
            : model.Adapters?.Find(name) is { } adapter ? CardOf(adapter)
            : throw new ApiException(ApiError.UnknownModel(name));
        return JsonAnswer.SendAsync(
            http, StatusCodes.Status200OK, JsonSerializer.SerializeToUtf8Bytes(card, HttpJson.Written.ModelCard));
    }

    /// <summary>GET /version.</summary>
    public static Task VersionAsync(HttpContext http) => JsonAnswer.SendAsync(
        http, StatusCodes.Status200OK,
        JsonSerializer.SerializeToUtf8Bytes(new VersionBody(Version), HttpJson.Written.VersionBody));

    /// <summary>
    /// GET /health and /ping: 200 without a body when a request would be served now, else 503 with the reason.
    /// </summary>
    public async Task HealthAsync(HttpContext http)
    {
        var health = await AskAsync(http, reports.HealthAsync);
        if (!health.IsServing)
            throw new ApiException(ApiError.Unavailable(health.Reason, settings.RetryAfterSeconds));
    }

    /// <summary>GET /livez: 200 while this process and its actors answer, whatever the engine does; a drain is no death.</summary>
    public Task LiveAsync(HttpContext http) => AskAsync(http, async cancellation =>
    {
        await reports.PingAsync(cancellation);
        return true;
    });

    /// <summary>GET /readyz: 200 when a new request would be taken and served now, else 503; both say why in JSON.</summary>
    public async Task ReadyAsync(HttpContext http)
    {
        var health = await ReadinessAsync(http);
        if (!health.IsServing)
            http.Response.Headers.RetryAfter = settings.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        await JsonAnswer.SendAsync(
            http, health.IsServing ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
            JsonSerializer.SerializeToUtf8Bytes(health, ReportsJson.Written.HealthReport));
    }

    /// <summary>GET /v1/events?after=SEQ: events of this node, one JSON object a line.</summary>
    public async Task EventsAsync(HttpContext http)
    {
        var after = 0L;
        if (http.Request.Query["after"] is [{ } text]
            && !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out after))
            throw new ApiException(ApiError.Invalid($"Expected `after` to be the number of an event, got `{text}`.", "after"));
        using var lines = new MemoryStream();
        foreach (var row in reports.EventsAfter(after))
        {
            lines.Write(JsonSerializer.SerializeToUtf8Bytes(row, ReportsJson.Written.EventRow));
            lines.WriteByte((byte)'\n');
        }
        http.Response.ContentType = "application/x-ndjson";
        http.Response.ContentLength = lines.Length;
        await http.Response.Body.WriteAsync(lines.ToArray(), http.RequestAborted);
    }

    private async Task<HealthReport> ReadinessAsync(HttpContext http)
    {
        if (door.IsShut)
            return new HealthReport(false, "the server is draining: it stops and takes no new request") { State = "draining" };
        try
        {
            return await AskAsync(http, reports.HealthAsync);
        }
        catch (ApiException late)
        {
            return new HealthReport(false, late.Error.Message) { State = "silent" };
        }
    }

    /// <summary>GET /v1/plugins.</summary>
    public Task PluginsAsync(HttpContext http) =>
        ReportAsync(http, reports.PluginsAsync, ReportsJson.Written.ImmutableArrayPluginRow);

    /// <summary>GET /v1/ops.</summary>
    public Task OpsAsync(HttpContext http) => ReportAsync(http, reports.OpsAsync, ReportsJson.Written.OpsReport);

    /// <summary>GET /v1/cards.</summary>
    public Task CardsAsync(HttpContext http) =>
        ReportAsync(http, reports.CardsAsync, ReportsJson.Written.ImmutableArrayCardRow);

    /// <summary>
    /// GET /metrics. An engine that does not answer leaves its families out: nothing is known of it. What was counted here is told
    /// all the same.
    /// </summary>
    public async Task MetricsAsync(HttpContext http)
    {
        var text = new MetricsText();
        if (await EnginesAsync(http) is { IsEmpty: false } engines)
            EngineMetrics.Write(text, model.Name, settings, engines, time.GetUtcNow());
        requests.Write(text, model.Name);
        exchanges.Write(text);
        var bytes = text.ToBytes();
        http.Response.ContentType = MetricsText.ContentType;
        http.Response.ContentLength = bytes.Length;
        await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
    }

    private async Task<ImmutableArray<EngineReport>> EnginesAsync(HttpContext http)
    {
        try
        {
            return await AskAsync(http, reports.EnginesAsync);
        }
        catch (ApiException)
        {
            return [];
        }
    }

    // The folder stays unsaid, so the model is its own root.
    private ModelCard Card => new(
        model.Name, "model", model.CreatedUnixSeconds, "gaudi", Root: model.Name, Parent: null, model.ContextTokensMax,
        [new ModelPermission($"modelperm-{model.Name}", model.CreatedUnixSeconds)]);

    private ModelCard CardOf(ServedAdapter one) => new(
        one.Adapter.Name, "model", one.CreatedUnixSeconds, "gaudi", Root: one.Path, Parent: model.Name, model.ContextTokensMax,
        [new ModelPermission($"modelperm-{one.Adapter.Name}", one.CreatedUnixSeconds)]);

    private async Task ReportAsync<T>(HttpContext http, Func<CancellationToken, Task<T>> ask, JsonTypeInfo<T> type)
    {
        var report = await AskAsync(http, ask);
        await JsonAnswer.SendAsync(http, StatusCodes.Status200OK, JsonSerializer.SerializeToUtf8Bytes(report, type));
    }

    /// <summary>
    /// An engine that does not answer in time is not serving: a health check must never wait without end.
    /// </summary>
    private async Task<T> AskAsync<T>(HttpContext http, Func<CancellationToken, Task<T>> ask)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMilliseconds(settings.ReportTimeoutMs), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, http.RequestAborted);
        try
        {
            return await ask(either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw new ApiException(ApiError.Unavailable(
                $"The engine did not answer within {settings.ReportTimeoutMs} ms.", settings.RetryAfterSeconds));
        }
    }
}
