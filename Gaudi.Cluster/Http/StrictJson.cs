using System.Text;
using System.Text.Json;

namespace Gaudi.Cluster.Http;

/// <summary>JSON that stands as text inside JSON, read as strictly as a request's body.</summary>
internal static class StrictJson
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>The value.</summary>
    /// <exception cref="JsonException">No JSON, a name twice in one object, or half of a surrogate pair.</exception>
    public static JsonElement Parse(string text)
    {
        CheckText(Encoding.UTF8.GetBytes(text));
        return JsonElement.Parse(text, Strict);
    }

    private static void CheckText(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes);
        try
        {
            while (reader.Read())
            {
                if (reader.ValueIsEscaped)
                    reader.GetString();
            }
        }
        catch (InvalidOperationException half)
        {
            throw new JsonException($"half of a surrogate pair in the string at byte {reader.TokenStartIndex}", half);
        }
    }
}
