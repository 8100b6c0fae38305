using Gaudi.Actors.Requests;
using Microsoft.AspNetCore.Http;

namespace Gaudi.Cluster.Http;

/// <summary>
/// POST /v1/release_kv_blocks, ours: nobody will fetch a prompt's blocks that this server keeps for another. Without it they are
/// kept until their time is over. There only where the group hands blocks over.
/// </summary>
internal sealed class KvReleaseEndpoint(IGenerationClient client, ServedModel model, HttpServerSettings settings, FieldLog fieldLog)
{
    /// <summary>Where it is.</summary>
    public const string Path = "/v1/release_kv_blocks";

    /// <summary>Its one field: as in the `kv_transfer_params` of the answer.</summary>
    public const string KeyName = "remote_request_id";

    /// <summary>Answers 204, also where nothing is kept under the key any more.</summary>
    public async Task ReleaseAsync(HttpContext http)
    {
        var fields = await RequestBody.ReadAsync(http, settings.BodyBytesMax);
        if (fields.Text(KeyName) is not { Length: > 0 } key)
            throw ApiException.Invalid($"Expected `{KeyName}`: a string that is not empty; got none.", KeyName);
        fieldLog.Log(fields);
        client.Release(model.EngineName, key);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
