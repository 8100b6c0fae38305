using System.Collections.Immutable;

namespace Gaudi.Cluster.Http;

/// <summary>The fields that <see cref="RequestFieldTable"/> refuses: a 400 by name, unless their value asks for nothing.</summary>
internal static class UnsupportedFields
{
    private static readonly ImmutableArray<RequestField> InCompletions =
        [.. RequestFieldTable.All.Where(field => field.Completions == FieldUse.Refused)];

    private static readonly ImmutableArray<RequestField> InChat =
        [.. RequestFieldTable.All.Where(field => field.Chat == FieldUse.Refused)];

    private static readonly ImmutableArray<RequestField> InEmbeddings =
        [.. RequestFieldTable.All.Where(field => field.Embeddings == FieldUse.Refused)];

    /// <summary>Refuses a completion that asks for something not honoured.</summary>
    /// <exception cref="ApiException">Names the first such field.</exception>
    public static void RefuseInCompletions(RequestFields fields) => Refuse(fields, InCompletions);

    /// <summary>Refuses a chat completion that asks for something not honoured.</summary>
    /// <exception cref="ApiException">Names the first such field.</exception>
    public static void RefuseInChat(RequestFields fields) => Refuse(fields, InChat);

    /// <summary>Refuses a request for embeddings that asks for something not honoured.</summary>
    /// <exception cref="ApiException">Names the first such field.</exception>
    public static void RefuseInEmbeddings(RequestFields fields) => Refuse(fields, InEmbeddings);

    private static void Refuse(RequestFields fields, ImmutableArray<RequestField> refused)
    {
        foreach (var field in refused)
        {
            if (fields.Element(field.Name) is { } value && !field.AsksForNothing(value))
                throw ApiException.Invalid(
                    $"`{field.Name}` is not supported by this server, and would change the answer; "
                    + $"got {JsonText.Shown(value)}. Leave the field out.", field.Name);
        }
    }
}
