using System.Text.Json;
using System.Text.Json.Nodes;
using Gaudi.Actors.Text;

namespace Gaudi.Cluster.Http;

/// <summary>A conversation as a template writes it.</summary>
internal static class ChatPrompt
{
    /// <summary>
    /// Stands behind the last message while it is rendered, where the prompt must end. Of characters for private use, so that no
    /// template trims or changes it.
    /// </summary>
    private const string EndMark = "\uE000\uF8FF\uE001";

    /// <summary>The prompt's text.</summary>
    /// <param name="model">The served one.</param>
    /// <param name="conversation">At least one message.</param>
    /// <param name="tools">Functions as the client wrote them; null for none.</param>
    /// <param name="time">For templates that write the date.</param>
    /// <exception cref="ApiException">The template refused the conversation, or does not write its last message.</exception>
    public static string Render(ServedModel model, Conversation conversation, JsonArray? tools, TimeProvider time)
    {
        var messages = conversation.Messages;
        if (conversation.ContinuesLast)
            messages = messages.SetItem(messages.Length - 1, messages[^1] with { Content = messages[^1].Content + EndMark });
        var input = new ChatTemplateInput(
            new JsonArray([.. messages.Select(Node)]), tools, conversation.OpensTurn, model.Tokenizer.BosToken,
            model.Tokenizer.EosToken, time)
        {
            Documents = conversation.Documents,
            ExtraVariables = conversation.Variables,
        };
        try
        {
            var text = conversation.Template.Render(input);
            return conversation.ContinuesLast ? CutAtMark(text) : text;
        }
        catch (ChatTemplateException refused)
        {
            throw ApiException.Invalid($"The chat template refused the conversation: {refused.Message}", "messages");
        }
    }

    private static string CutAtMark(string text)
    {
        var end = text.LastIndexOf(EndMark, StringComparison.Ordinal);
        return end >= 0
            ? text[..end]
            : throw ApiException.Invalid(
                "Expected the chat template to write the last message as it is, so that it can be continued, but it does not; "
                + "leave `continue_final_message` out.", "continue_final_message");
    }

    private static JsonNode Node(ChatMessage message)
    {
        var node = new JsonObject
        {
            ["role"] = message.Role,
            ["content"] = message.Parts.IsEmpty ? message.Content : new JsonArray([.. message.Parts.Select(Node)]),
        };
        if (message.ToolCalls is { } calls)
            node["tool_calls"] = Node(calls);
        foreach (var (name, value) in message.Fields)
        {
            node[name] = Node(value);
        }
        return node;
    }

    // As Hugging Face's templates know parts: where an image is, they write the model's own placeholder.
    private static JsonObject Node(ContentPart part) => part.Text is { } text
        ? new JsonObject { ["type"] = "text", ["text"] = text }
        : new JsonObject { ["type"] = "image" };

    private static JsonNode? Node(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => JsonObject.Create(value),
        JsonValueKind.Array => JsonArray.Create(value),
        _ => JsonValue.Create(value),
    };
}
