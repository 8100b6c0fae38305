using System.Text.Json;
using System.Text.Json.Nodes;
using Gaudi.Cluster.Http;
using Microsoft.Extensions.AI;

namespace Gaudi.Cluster.InProcess;

/// <summary>A chat as the fields that HTTP clients send: one way to read and check a request, whoever brings it.</summary>
internal static class ChatBody
{
    /// <summary>The fields of a conversation and its options.</summary>
    /// <exception cref="NotSupportedException">An option or a content that this engine cannot honour, by name.</exception>
    public static RequestFields Of(IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options)
    {
        var body = new JsonObject();
        AddOptions(body, options ?? new ChatOptions());
        var list = new JsonArray();
        if (options?.Instructions is { Length: > 0 } instructions)
            list.Add(new JsonObject { ["role"] = "system", ["content"] = instructions });
        foreach (var message in messages)
            AddMessages(list, message);
        body["messages"] = list;
        return RequestFields.Of(JsonElement.Parse(body.ToJsonString()));
    }

    private static void AddOptions(JsonObject body, ChatOptions options)
    {
        if (options.ConversationId is not null)
            throw new NotSupportedException("ConversationId: this engine keeps no conversations; send the messages");
        Set(body, "model", options.ModelId);
        Set(body, "temperature", options.Temperature);
        Set(body, "top_p", options.TopP);
        Set(body, "top_k", options.TopK);
        Set(body, "max_tokens", options.MaxOutputTokens);
        Set(body, "seed", options.Seed);
        Set(body, "frequency_penalty", options.FrequencyPenalty);
        Set(body, "presence_penalty", options.PresencePenalty);
        if (options.StopSequences is { Count: > 0 } stops)
            body["stop"] = new JsonArray([.. stops.Select(stop => JsonValue.Create(stop))]);
        if (FormatOf(options.ResponseFormat) is { } format)
            body["response_format"] = format;
        foreach (var (name, value) in options.AdditionalProperties ?? [])
            body[name] = value is null ? null : JsonSerializer.SerializeToNode(value);
        ChatTools.Add(body, options);
    }

    private static void Set<T>(JsonObject body, string name, T? value)
    {
        if (value is not null)
            body[name] = JsonSerializer.SerializeToNode(value);
    }

    private static JsonObject? FormatOf(ChatResponseFormat? format) => format switch
    {
        null or ChatResponseFormatText => null,
        ChatResponseFormatJson { Schema: { } schema } json => new JsonObject
        {
            ["type"] = "json_schema",
            ["json_schema"] = new JsonObject
            {
                ["name"] = json.SchemaName ?? "answer", ["schema"] = JsonNode.Parse(schema.GetRawText()),
            },
        },
        ChatResponseFormatJson => new JsonObject { ["type"] = "json_object" },
        _ => throw new NotSupportedException($"ResponseFormat: {format.GetType().Name} is not known"),
    };

    private static void AddMessages(JsonArray list, Microsoft.Extensions.AI.ChatMessage message)
    {
        // Each result of a function is a message of its own, as OpenAI has it.
        foreach (var result in message.Contents.OfType<FunctionResultContent>())
        {
            list.Add(new JsonObject
            {
                ["role"] = "tool", ["tool_call_id"] = result.CallId, ["content"] = result.Result as string
                    ?? JsonSerializer.Serialize(result.Result),
            });
        }
        if (message.Contents.Any(content => content is FunctionResultContent))
            return;
        var hasImages = message.Contents.Any(content => content is DataContent or UriContent);
        var added = new JsonObject
        {
            ["role"] = message.Role.Value,
            ["content"] = hasImages
                ? new JsonArray([.. message.Contents.Select(PartOf).OfType<JsonObject>()])
                : string.Concat(message.Contents.Select(TextOf)),
        };
        if (message.Contents.OfType<FunctionCallContent>().ToList() is { Count: > 0 } calls)
            added["tool_calls"] = new JsonArray([.. calls.Select(ChatTools.Written)]);
        list.Add(added);
    }

    // The parts that HTTP clients send; null for what is no part of the text.
    private static JsonObject? PartOf(AIContent content) => content switch
    {
        DataContent data when data.HasTopLevelMediaType("image") => Image(data.Uri),
        UriContent link when link.HasTopLevelMediaType("image") => Image(link.Uri.ToString()),
        DataContent data => throw NotAnImage(data, data.MediaType),
        UriContent link => throw NotAnImage(link, link.MediaType),
        _ when TextOf(content) is { Length: > 0 } text => new JsonObject { ["type"] = "text", ["text"] = text },
        _ => null,
    };

    private static JsonObject Image(string url) =>
        new() { ["type"] = "image_url", ["image_url"] = new JsonObject { ["url"] = url } };

    private static NotSupportedException NotAnImage(AIContent content, string mediaType) =>
        new($"{content.GetType().Name} of {mediaType}: this engine reads text, and images where the model does");

    private static string TextOf(AIContent content) => content switch
    {
        TextContent text => text.Text,
        FunctionCallContent or UsageContent => "",
        TextReasoningContent => "",
        _ => throw new NotSupportedException($"{content.GetType().Name}: this engine reads text, and images where the model does"),
    };
}
