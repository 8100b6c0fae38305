using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gaudi.Actors.Text;

namespace Gaudi.Cluster.Http;

/// <summary>A conversation and how it becomes a prompt, checked.</summary>
/// <param name="Messages">At least one.</param>
/// <param name="Template">The model's, or the client's own.</param>
/// <param name="OpensTurn">The prompt ends by opening the assistant's turn.</param>
/// <param name="ContinuesLast">The prompt ends within the last message, which the answer goes on with.</param>
internal sealed record Conversation(
    ImmutableArray<ChatMessage> Messages, ChatTemplate Template, bool OpensTurn, bool ContinuesLast)
{
    /// <summary>Texts for templates that quote them; null for none.</summary>
    public JsonArray? Documents { get; init; }

    /// <summary>More variables for the template.</summary>
    public JsonObject Variables { get; init; } = [];

    /// <summary>Reads and checks the fields.</summary>
    /// <exception cref="ApiException">Names the field at fault.</exception>
    public static Conversation Read(RequestFields fields, ServedModel model, HttpServerSettings settings)
    {
        const string Continues = "continue_final_message";
        var messages = ChatMessage.ReadAll(fields, model.Images is not null);
        var continuesLast = fields.Flag(Continues, absent: false);
        var opensTurn = fields.Flag("add_generation_prompt", absent: !continuesLast);
        if (continuesLast && opensTurn)
            throw ApiException.Invalid(
                $"Expected at most one of `{Continues}` and `add_generation_prompt` to be true, got both.", Continues);
        if (continuesLast && !messages[^1].Parts.IsEmpty)
            throw ApiException.Invalid($"Expected `{Continues}` only where the last message is one text.", Continues);
        return new Conversation(messages, RequestTemplateField.Read(fields, model, settings), opensTurn, continuesLast)
        {
            Documents = ReadDocuments(fields),
            Variables = ReadVariables(fields),
        };
    }

    private static JsonArray? ReadDocuments(RequestFields fields)
    {
        const string Name = "documents";
        if (fields.Element(Name) is not { } list)
            return null;
        return list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object)
            ? JsonArray.Create(list)
            : throw RequestFields.Wrong(Name, "an array of objects", list);
    }

    private static JsonObject ReadVariables(RequestFields fields)
    {
        var variables = fields.Object("chat_template_kwargs") is { } given ? JsonObject.Create(given)! : [];
        if (fields.Text("reasoning_effort") is { } effort)
            variables.TryAdd("reasoning_effort", effort);
        return variables;
    }
}
