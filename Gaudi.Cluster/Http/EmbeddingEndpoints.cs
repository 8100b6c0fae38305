using Microsoft.AspNetCore.Http;

namespace Gaudi.Cluster.Http;

/// <summary>POST /v1/embeddings: one vector of each input, from the model's last hidden states.</summary>
internal sealed class EmbeddingEndpoints(
    HttpServerSettings settings, ServedModel model, EmbeddingStream stream, FieldLog fieldLog, TimeProvider time)
{
    private readonly PromptEncoder _encoder = new(model);

    /// <summary>Answers with all vectors, or with the first refusal.</summary>
    public async Task EmbedAsync(HttpContext http)
    {
        var (fields, named) = await ModelRequest.ReadNamedAsync(http, model, settings);
        var request = EmbeddingRequest.Read(fields, named, _encoder, settings, time);
        fieldLog.Log(fields);
        var identity = RequestIdentity.Current(http);
        var vectors = await stream.RunAsync(request, identity.Unique, named, http.RequestAborted);
        var answer = EmbeddingAnswer.Write(
            $"embd-{identity.Shown}", time.GetUtcNow().ToUnixTimeSeconds(), named.Name, request, vectors);
        await JsonAnswer.SendAsync(http, StatusCodes.Status200OK, answer);
    }
}
