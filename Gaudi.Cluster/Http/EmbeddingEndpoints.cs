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
        var fields = await ModelRequest.ReadAsync(http, model, settings);
        var request = EmbeddingRequest.Read(fields, model, _encoder, settings, time);
        fieldLog.Log(fields);
        var identity = RequestIdentity.Current(http);
        var vectors = await stream.RunAsync(request, identity.Unique, model, http.RequestAborted);
        var answer = EmbeddingAnswer.Write(
            $"embd-{identity.Shown}", time.GetUtcNow().ToUnixTimeSeconds(), model.Name, request, vectors);
        await JsonAnswer.SendAsync(http, StatusCodes.Status200OK, answer);
    }
}
