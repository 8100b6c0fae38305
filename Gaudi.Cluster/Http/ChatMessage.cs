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
    /// <summary>Reads `messages`.</summary>
    /// <exception cref="ApiException">Missing, empty, or a message of the wrong form.</exception>
    public static ImmutableArray<ChatMessage> ReadAll(RequestFields fields)
    {
        if (fields.Element("messages") is not { } list)
            throw ApiException.Invalid(
                "Expected `messages`: an array of objects with role and content; got none.", "messages");
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
            throw RequestFields.Wrong("messages", "an array of at least one message", list);
        return [.. list.EnumerateArray().Select((item, index) => Read(item, $"messages[{index}]"))];
    }

    private static ChatMessage Read(JsonElement item, string place)
    {
        if (item.ValueKind != JsonValueKind.Object)
            throw RequestFields.Wrong(place, "an object with role and content", item);
        var fields = RequestFields.Of(item);
        if (fields.Element("role") is not { } role)
            throw ApiException.Invalid($"Expected `{place}.role` to be a string, got none.", $"{place}.role");
        var content = fields.Element("content") is { } value ? ContentOf(value, $"{place}.content") : "";
        var calls = fields.Element("tool_calls") is { } list ? ToolCallHistory.Read(list, $"{place}.tool_calls") : null;
        return new ChatMessage(RequestFields.TextOf(role, $"{place}.role"), content, calls, fields.Rest());
    }

    private static string ContentOf(JsonElement value, string place) => value.ValueKind switch
    {
        JsonValueKind.String => RequestFields.TextOf(value, place),
        JsonValueKind.Array => string.Join(
            '\n', value.EnumerateArray().Select((part, index) => Part(part, $"{place}[{index}]"))),
        _ => throw RequestFields.Wrong(place, "a string or an array of text parts", value),
    };

    private static string Part(JsonElement part, string place)
    {
        const string Expected =
            "a part of the form {\"type\": \"text\", \"text\": \"...\"}; this model reads text only";
        if (part.ValueKind == JsonValueKind.String)
            return RequestFields.TextOf(part, place);
        if (part.ValueKind != JsonValueKind.Object)
            throw RequestFields.Wrong(place, Expected, part);
        var fields = RequestFields.Of(part);
        return fields.Text("type") == "text" && fields.Text("text") is { } text
            ? text
            : throw RequestFields.Wrong(place, Expected, part);
    }
}
