using System.Collections.Immutable;
using System.Text.Json;
using Rule = (string Name, System.Func<System.Text.Json.JsonElement, bool> AsksForNothing);

namespace Gaudi.Cluster.Http;

/// <summary>
/// Fields that would change the answer and are not honoured yet: refused by name, unless their value asks for nothing.
/// A client that gets an answer may trust that it is the one it asked for.
/// </summary>
internal static class UnsupportedFields
{
    private static readonly ImmutableArray<Rule> InBoth =
    [
        ("best_of", value => IsNumber(value, 1)),
        ("logits_processors", IsEmpty),
        ("logprob_token_ids", IsEmpty),
        ("repetition_detection", _ => false),
        ("thinking_token_budget", value => IsNumber(value, -1)),
        ("use_beam_search", IsFalse),
    ];

    private static readonly ImmutableArray<Rule> InCompletions =
    [
        ("prompt_embeds", IsEmpty),
        ("suffix", IsEmpty),
    ];

    private static readonly ImmutableArray<Rule> InChat =
    [
        ("audio", _ => false),
        ("chat_template", _ => false),
        ("continue_final_message", IsFalse),
        ("documents", IsEmpty),
        ("echo", IsFalse),
        ("function_call", value => IsOneOf(value, "none", "auto")),
        ("functions", IsEmpty),
        ("modalities", value => value.GetRawText() == "[\"text\"]"),
        ("web_search_options", _ => false),
    ];

    /// <summary>Refuses a completion that asks for something not honoured.</summary>
    /// <exception cref="ApiException">Names the first such field.</exception>
    public static void RefuseInCompletions(RequestFields fields) => Refuse(fields, InBoth, InCompletions);

    /// <summary>Refuses a chat completion that asks for something not honoured.</summary>
    /// <exception cref="ApiException">Names the first such field.</exception>
    public static void RefuseInChat(RequestFields fields) => Refuse(fields, InBoth, InChat);

    private static void Refuse(RequestFields fields, params ReadOnlySpan<ImmutableArray<Rule>> lists)
    {
        foreach (var list in lists)
        {
            foreach (var (name, asksForNothing) in list)
            {
                if (fields.Element(name) is { } value && !asksForNothing(value))
                    throw ApiException.Invalid(
                        $"`{name}` is not supported by this server yet, and would change the answer; "
                        + $"got {JsonText.Shown(value)}. Leave the field out.", name);
            }
        }
    }

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        JsonValueKind.String => value.GetRawText() == "\"\"",
        _ => false,
    };

    private static bool IsFalse(JsonElement value) => value.ValueKind == JsonValueKind.False;

    private static bool IsNumber(JsonElement value, double number) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var got) && got == number;

    private static bool IsOneOf(JsonElement value, params ReadOnlySpan<string?> texts) =>
        value.ValueKind == JsonValueKind.String && texts.Contains(value.GetString());
}
