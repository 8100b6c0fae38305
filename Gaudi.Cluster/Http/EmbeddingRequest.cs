using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.Execution;

namespace Gaudi.Cluster.Http;

/// <summary>A POST to /v1/embeddings, checked.</summary>
/// <param name="Inputs">At least one, in the client's order.</param>
/// <param name="Mode">How hidden states become a vector.</param>
/// <param name="IsBase64">Vectors are sent as little-endian float32 in base64 in place of numbers.</param>
/// <param name="IsNormalized">Vectors are scaled to length 1.</param>
/// <param name="Priority">Lower goes first.</param>
/// <param name="CacheSalt">Inputs with different salts share no cached prefix; null for none.</param>
internal sealed record EmbeddingRequest(
    ImmutableArray<PromptTokens> Inputs, PoolingMode Mode, bool IsBase64, bool IsNormalized, int Priority, string? CacheSalt)
{
    private const string Input = "input";

    /// <summary>Reads and checks the fields.</summary>
    /// <exception cref="ApiException">Names the field at fault.</exception>
    public static EmbeddingRequest Read(
        RequestFields fields, ServedModel model, PromptEncoder encoder, HttpServerSettings settings, TimeProvider time)
    {
        UnsupportedFields.RefuseInEmbeddings(fields);
        var format = fields.Text("encoding_format") ?? "float";
        if (format is not ("float" or "base64"))
            throw ApiException.Invalid($"Expected `encoding_format` to be float or base64, got `{format}`.", "encoding_format");
        if (fields.Integer("dimensions", 1, int.MaxValue) is { } dimensions && dimensions != model.HiddenSize)
            throw ApiException.Invalid(
                $"Expected `dimensions` to be {model.HiddenSize}, the size of this model's vectors, got {dimensions}: their first parts "
                + "alone mean nothing.", "dimensions");
        var cut = PromptCut.Read(fields, tokensMax: null, model);
        var inputs = fields.Element("messages") is null
            ? InputsOf(fields, cut, encoder, settings)
            : [OfConversation(fields, cut, model, encoder, settings, time)];
        return new EmbeddingRequest(
            inputs, ModeOf(fields, model), format == "base64", IsNormalizedIn(fields),
            GenerationFields.ReadPriority(fields, settings), GenerationFields.ReadCacheSalt(fields));
    }

    /// <summary>What the engine is asked for one input.</summary>
    public GenerationRequest ToRequest(int index, string id, ServedModel model) =>
        new(id, model.EngineName, Inputs[index].Ids, new SamplingParameters(0, 1, 0, 0, 0, null), TokensMax: 1, StopTokenIds: [], Choice: 0)
        {
            Priority = Priority, CacheKeys = new CacheKeys(CacheSalt, model.Lora?.Id, []), Lora = model.Lora, Pooling = Mode,
        };

    // vLLM's name now, and its older one, which wins where somebody still writes both.
    private static bool IsNormalizedIn(RequestFields fields) =>
        fields.Flag("normalize", absent: fields.Flag("use_activation", absent: true));

    private static PoolingMode ModeOf(RequestFields fields, ServedModel model) => fields.Text("pooling_type")?.ToUpperInvariant() switch
    {
        null => model.Pooling,
        "MEAN" => PoolingMode.Mean,
        "LAST" => PoolingMode.LastToken,
        var other => throw ApiException.Invalid($"Expected `pooling_type` to be MEAN or LAST, got `{other}`.", "pooling_type"),
    };

    private static PromptTokens OfConversation(
        RequestFields fields, PromptCut cut, ServedModel model, PromptEncoder encoder, HttpServerSettings settings, TimeProvider time)
    {
        if (fields.Element(Input) is not null)
            throw ApiException.Invalid($"Expected `{Input}` or `messages`, got both; leave one out.", Input);
        var text = ChatPrompt.Render(model, Conversation.Read(fields, model, settings), tools: null, time);
        return encoder.Encode(text, fields.Flag("add_special_tokens", absent: false), cut, "messages");
    }

    private static ImmutableArray<PromptTokens> InputsOf(
        RequestFields fields, PromptCut cut, PromptEncoder encoder, HttpServerSettings settings)
    {
        var input = fields.Element(Input)
            ?? throw ApiException.Invalid($"Expected `{Input}`: {PromptInputs.Expected}; got none.", Input);
        var addSpecialTokens = fields.Flag("add_special_tokens", absent: true);
        return new PromptInputs(Input, settings.EmbeddingInputsMax, "inputs in one request")
            .Read(input, addSpecialTokens, cut, encoder);
    }
}
