using System.Text.Json;

namespace Gaudi.Cluster.Http;

/// <summary>A field of the known APIs.</summary>
/// <param name="Name">As clients write it.</param>
/// <param name="Completions">Its use in /v1/completions.</param>
/// <param name="Chat">Its use in /v1/chat/completions.</param>
/// <param name="What">For readers of the README.</param>
internal sealed record RequestField(string Name, FieldUse Completions, FieldUse Chat, string What)
{
    /// <summary>Its use in /v1/embeddings.</summary>
    public FieldUse Embeddings { get; init; } = FieldUse.Unknown;

    /// <summary>Where the field is refused: whether a value asks for what happens anyway.</summary>
    public Func<JsonElement, bool> AsksForNothing { get; init; } = _ => false;
}
