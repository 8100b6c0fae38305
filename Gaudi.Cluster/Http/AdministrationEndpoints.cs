using System.Text.Json;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols.Reports;
using Microsoft.AspNetCore.Http;

namespace Gaudi.Cluster.Http;

/// <summary>
/// POST /v1/cluster/restart and /v1/cluster/drain, and GET /v1/cluster/administration, ours. Orders answer 202 once they are taken, and
/// go on whoever reads; 409 says why one was not taken, 403 that a setting forbids all.
/// </summary>
internal sealed class AdministrationEndpoints(IClusterAdministration administration, HttpServerSettings settings, FieldLog fieldLog)
{
    /// <summary>Starts a rolling restart of all workers.</summary>
    public const string RestartPath = "/v1/cluster/restart";

    /// <summary>Drains a node.</summary>
    public const string DrainPath = "/v1/cluster/drain";

    /// <summary>How the newest order goes.</summary>
    public const string ReportPath = "/v1/cluster/administration";

    private const string NodeName = "node";

    /// <summary>Needs no body.</summary>
    public async Task RestartAsync(HttpContext http)
    {
        CheckAllowed();
        await AnswerAsync(http, await administration.RestartAsync(http.RequestAborted));
    }

    /// <summary>Its one field: `node`, by address.</summary>
    public async Task DrainAsync(HttpContext http)
    {
        CheckAllowed();
        var fields = await RequestBody.ReadAsync(http, settings.BodyBytesMax);
        if (fields.Text(NodeName) is not { Length: > 0 } node)
            throw ApiException.Invalid($"Expected `{NodeName}`: the address of a node, as /v1/cards names it; got none.", NodeName);
        fieldLog.Log(fields);
        await AnswerAsync(http, await administration.DrainAsync(node, http.RequestAborted));
    }

    /// <summary>Also where orders are forbidden.</summary>
    public async Task ReportAsync(HttpContext http) =>
        await SendAsync(http, StatusCodes.Status200OK, await administration.ReportAsync(http.RequestAborted));

    private void CheckAllowed()
    {
        if (!settings.Administrates)
            throw new ApiException(ApiError.Forbidden(
                "This server takes no orders over HTTP; start it with --set gaudi.http.administration=on to let it."));
    }

    private static Task AnswerAsync(HttpContext http, AdministrationAnswer answer) => answer.Refusal is { } refusal
        ? throw new ApiException(ApiError.Conflict(refusal))
        : SendAsync(http, StatusCodes.Status202Accepted, answer.Report);

    private static Task SendAsync(HttpContext http, int status, AdministrationReport report) => JsonAnswer.SendAsync(
        http, status, JsonSerializer.SerializeToUtf8Bytes(report, ReportsJson.Written.AdministrationReport));
}
