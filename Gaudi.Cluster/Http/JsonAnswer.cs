using System.Globalization;
using System.Text.Json;
using Gaudi.Cluster.Http.Bodies;
using Microsoft.AspNetCore.Http;

namespace Gaudi.Cluster.Http;

/// <summary>Sends answers whose body is JSON.</summary>
internal static class JsonAnswer
{
    /// <summary>An error in OpenAI's form.</summary>
    public static byte[] Of(ApiError error) => JsonSerializer.SerializeToUtf8Bytes(
        new ErrorBody(new ErrorDetail(error.Message, error.Type, error.Param, error.Status)),
        HttpJson.Written.ErrorBody);

    /// <summary>Sends a body.</summary>
    public static async Task SendAsync(HttpContext http, int status, ReadOnlyMemory<byte> json)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = json.Length;
        await http.Response.Body.WriteAsync(json, http.RequestAborted);
    }

    /// <summary>Sends an error, with Retry-After where trying again makes sense.</summary>
    public static Task SendAsync(HttpContext http, ApiError error)
    {
        if (error.RetryAfterSeconds is { } seconds)
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return SendAsync(http, error.Status, Of(error));
    }
}
