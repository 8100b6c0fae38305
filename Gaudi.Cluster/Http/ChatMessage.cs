using System.Collections.Immutable;
using System.Text.Json;
using Gaudi.Cluster.Http.Tools;

namespace Gaudi.Cluster.Http;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">As the client wrote it: the template decides which roles it knows.</param>
/// <param name="Content">Text parts are joined by line ends; empty where the client sent none.</param>
/// <param name="ToolCalls">What the assistant called, the arguments as objects; null for nothing.</param>
/// <param name="Fields">All the client's other fields, for templates that look at them.</param>
internal sealed record ChatMessage(
    string Role, string Content, JsonElement? ToolCalls, ImmutableArray<(string Name, JsonElement Value)> Fields)
{
    /// <summary>
    /// The parts one by one, for the template of a model that sees images; empty where the content is one text.
    /// </summary>
    public ImmutableArray<ContentPart> Parts { get; init; } = [];

    /// <summary>Reads `messages`.</summary>
    /// <param name="fields">Of the request.</param>
    /// <param name="seesImages">Whether parts may be images.</param>
    /// <exception cref="ApiException">Missing, empty, or a message of the wrong form.</exception>
    public static ImmutableArray<ChatMessage> ReadAll(RequestFields fields, bool seesImages)
    {
        if (fields.Element("messages") is not { } list)
            throw ApiException.Invalid(
                "Expected `messages`: an array of objects with role and content; got none.", "messages");
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
            throw RequestFields.Wrong("messages", "an array of at least one message", list);
        return [.. list.EnumerateArray().Select((item, index) => Read(item, $"messages[{index}]", seesImages))];
    }

    private static ChatMessage Read(JsonElement item, string place, bool seesImages)
    {
        if (item.ValueKind != JsonValueKind.Object)
            throw RequestFields.Wrong(place, "an object with role and content", item);
        var fields = RequestFields.Of(item);
        if (fields.Element("role") is not { } role)
            throw ApiException.Invalid($"Expected `{place}.role` to be a string, got none.", $"{place}.role");
        var parts = fields.Element("content") is { } value ? PartsOf(value, $"{place}.content", seesImages) : [];
        var calls = fields.Element("tool_calls") is { } list ? ToolCallHistory.Read(list, $"{place}.tool_calls") : null;
        var text = string.Join('\n', parts.Select(part => part.Text).OfType<string>());
        return new ChatMessage(RequestFields.TextOf(role, $"{place}.role"), text, calls, fields.Rest())
        {
            Parts = seesImages && fields.Element("content") is { ValueKind: JsonValueKind.Array } ? parts : [],
        };
    }

    private static ImmutableArray<ContentPart> PartsOf(JsonElement value, string place, bool seesImages) => value.ValueKind switch
    {
        JsonValueKind.String => [new ContentPart(RequestFields.TextOf(value, place), null)],
        JsonValueKind.Array => [.. value.EnumerateArray().Select((part, index) => Part(part, $"{place}[{index}]", seesImages))],
        _ => throw RequestFields.Wrong(place, seesImages ? "a string or an array of parts" : "a string or an array of text parts", value),
    };

    private static ContentPart Part(JsonElement part, string place, bool seesImages)
    {
        const string TextPart = "a part of the form {\"type\": \"text\", \"text\": \"...\"}";
        var expected = seesImages
            ? $"{TextPart}, or {{\"type\": \"image_url\", \"image_url\": {{\"url\": \"data:image/png;base64,...\"}}}}"
            : $"{TextPart}; this model reads text only";
        if (part.ValueKind == JsonValueKind.String)
            return new ContentPart(RequestFields.TextOf(part, place), null);
        if (part.ValueKind != JsonValueKind.Object)
            throw RequestFields.Wrong(place, expected, part);
        var fields = RequestFields.Of(part);
        return fields.Text("type") switch
        {
            "text" when fields.Text("text") is { } text => new ContentPart(text, null),
            "image_url" when seesImages && UrlOf(fields) is { } url => new ContentPart(null, url),
            _ => throw RequestFields.Wrong(place, expected, part),
        };
    }

    // OpenAI's object, or the address itself, as some clients send it.
    private static string? UrlOf(RequestFields part) => part.Element("image_url") switch
    {
        { ValueKind: JsonValueKind.String } url => RequestFields.TextOf(url, "image_url"),
        { ValueKind: JsonValueKind.Object } given => RequestFields.Of(given).Text("url"),
        _ => null,
    };
}
