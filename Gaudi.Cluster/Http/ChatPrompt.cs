using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gaudi.Actors.Text;

namespace Gaudi.Cluster.Http;

/// <summary>A conversation as the model's template writes it.</summary>
internal static class ChatPrompt
{
    /// <summary>The prompt's text.</summary>
    /// <param name="model">The served one.</param>
    /// <param name="messages">At least one.</param>
    /// <param name="tools">Functions as the client wrote them; null for none.</param>
    /// <param name="addsGenerationPrompt">Whether the text ends by opening the assistant's turn.</param>
    /// <param name="arguments">chat_template_kwargs: more variables for the template; null for none.</param>
    /// <param name="time">For templates that write the date.</param>
    /// <exception cref="ApiException">The model has no template, or the template refused the conversation.</exception>
    public static string Render(
        ServedModel model, ImmutableArray<ChatMessage> messages, JsonArray? tools, bool addsGenerationPrompt,
        JsonElement? arguments, TimeProvider time)
    {
        var template = model.Template ?? throw ApiException.Invalid(
            $"The model `{model.Name}` has no chat template, so it cannot chat; use /v1/completions.", "messages");
        var input = new ChatTemplateInput(
            new JsonArray([.. messages.Select(Node)]), tools, addsGenerationPrompt, model.Tokenizer.BosToken,
            model.Tokenizer.EosToken, time)
        {
            ExtraVariables = arguments is { } given ? JsonObject.Create(given) : null,
        };
        try
        {
            return template.Render(input);
        }
        catch (ChatTemplateException refused)
        {
            throw ApiException.Invalid($"The chat template refused the conversation: {refused.Message}", "messages");
        }
    }

    private static JsonNode Node(ChatMessage message)
    {
        var node = new JsonObject { ["role"] = message.Role, ["content"] = message.Content };
        if (message.ToolCalls is { } calls)
            node["tool_calls"] = Node(calls);
        foreach (var (name, value) in message.Fields)
        {
            node[name] = Node(value);
        }
        return node;
    }

    private static JsonNode? Node(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => JsonObject.Create(value),
        JsonValueKind.Array => JsonArray.Create(value),
        _ => JsonValue.Create(value),
    };
}
