using Microsoft.AspNetCore.Http;

namespace Gaudi.Cluster.Http;

/// <summary>A request to the served model: what all of them have in common.</summary>
internal static class ModelRequest
{
    /// <summary>The fields of the body, after `model` and `request_id` were looked at.</summary>
    /// <exception cref="ApiException">No JSON object, or too large a one, another model, or an id that cannot be one.</exception>
    public static async Task<RequestFields> ReadAsync(HttpContext http, ServedModel model, HttpServerSettings settings)
    {
        var fields = await RequestBody.ReadAsync(http, settings.BodyBytesMax);
        model.Named(fields.Text("model"));
        if (fields.Text("request_id") is { } id)
            RequestIdentity.Take(http, id);
        return fields;
    }

    /// <summary>The fields, and what they mean by `model`: the served one or one of its adapters.</summary>
    /// <exception cref="ApiException">As <see cref="ReadAsync"/>.</exception>
    public static async Task<(RequestFields Fields, ServedModel Named)> ReadNamedAsync(
        HttpContext http, ServedModel model, HttpServerSettings settings)
    {
        var fields = await ReadAsync(http, model, settings);
        return (fields, model.Named(fields.Text("model")));
    }
}
