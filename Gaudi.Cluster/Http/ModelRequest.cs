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
        CheckModel(fields.Text("model"), model);
        if (fields.Text("request_id") is { } id)
            RequestIdentity.Take(http, id);
        return fields;
    }

    /// <summary>A request names the served model, or none.</summary>
    /// <exception cref="ApiException">It names another.</exception>
    public static void CheckModel(string? name, ServedModel model)
    {
        if (name is { Length: > 0 } && name != model.Name)
            throw new ApiException(ApiError.UnknownModel(name));
    }
}
