using System.Text;
using System.Text.Json;

namespace Gaudi.Cluster.Http;

/// <summary>
/// JSON as this server takes it, in a request's body and where it stands as text inside JSON: no name twice in an object, and
/// no half of a surrogate pair, which can be written in JSON but is no text. Found here once, and nowhere after.
/// </summary>
internal static class StrictJson
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>The value.</summary>
    /// <exception cref="JsonException">No JSON, a name twice in one object, or half of a surrogate pair.</exception>
    public static JsonElement Parse(string text) => HalfPairAt(Encoding.UTF8.GetBytes(text)) is { } half
        ? throw new JsonException($"half of a surrogate pair in the string at byte {half}")
        : JsonElement.Parse(text, Strict);

    /// <summary>The value of UTF-8 text in which <see cref="HalfPairAt"/> found nothing.</summary>
    /// <exception cref="JsonException">No JSON, or a name twice in one object.</exception>
    public static JsonElement Value(ReadOnlySpan<byte> utf8) => JsonElement.Parse(utf8, Strict);

    /// <summary>The byte where the first string with half of a surrogate pair begins; null where there is none.</summary>
    /// <exception cref="JsonException">No JSON.</exception>
    public static long? HalfPairAt(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        try
        {
            while (reader.Read())
            {
                if (reader.ValueIsEscaped)
                    reader.GetString();
            }
            return null;
        }
        catch (InvalidOperationException)
        {
            return reader.TokenStartIndex;
        }
    }
}
