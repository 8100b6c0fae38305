using System.Text.Json;
using System.Text.Json.Nodes;
using Gaudi.Cluster.Http;
using Microsoft.Extensions.AI;

namespace Gaudi.Cluster.InProcess;

/// <summary>Makes vectors of texts with the engine of this process, as /v1/embeddings does. Any thread.</summary>
/// <param name="model">The only one.</param>
/// <param name="settings">What requests may ask for.</param>
/// <param name="stream">Runs inputs, until the engine stops.</param>
/// <param name="numbers">Names requests.</param>
/// <param name="time">Dates.</param>
internal sealed class EngineEmbeddingGenerator(
    ServedModel model, HttpServerSettings settings, EmbeddingStream stream, IRequestNumbers numbers, TimeProvider time)
    : IEmbeddingGenerator<string, Embedding<float>>
{
    private readonly PromptEncoder _encoder = new(model);

    /// <inheritdoc/>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        try
        {
            var named = model.Named(options?.ModelId);
            var request = EmbeddingRequest.Read(Fields(values, options), named, _encoder, settings, time);
            var vectors = await stream.RunAsync(request, numbers.NextRequestId(), named, cancellationToken).ConfigureAwait(false);
            var tokenCount = request.Inputs.Sum(input => input.Ids.Length);
            return new GeneratedEmbeddings<Embedding<float>>(vectors.Select(vector => new Embedding<float>(vector.AsMemory())
            {
                ModelId = named.Name, CreatedAt = time.GetUtcNow(),
            }))
            {
                Usage = new UsageDetails { InputTokenCount = tokenCount, TotalTokenCount = tokenCount },
            };
        }
        catch (ApiException refused)
        {
            throw EngineChatClient.Refusal(refused.Error);
        }
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
            return null;
        return serviceType == typeof(EmbeddingGeneratorMetadata)
            ? new EmbeddingGeneratorMetadata("gaudi", defaultModelId: model.Name, defaultModelDimensions: model.HiddenSize)
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <summary>Does nothing: pipelines dispose what they wrap, and this belongs to the engine.</summary>
    public void Dispose()
    {
    }

    private RequestFields Fields(IEnumerable<string> values, EmbeddingGenerationOptions? options)
    {
        var body = new JsonObject { ["input"] = new JsonArray([.. values.Select(value => JsonValue.Create(value))]) };
        if (options?.Dimensions is { } dimensions)
            body["dimensions"] = dimensions;
        foreach (var (key, value) in options?.AdditionalProperties ?? [])
            body[key] = value is null ? null : JsonSerializer.SerializeToNode(value);
        return RequestFields.Of(JsonElement.Parse(body.ToJsonString()));
    }
}
