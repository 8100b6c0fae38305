using System.Text;
using System.Text.Json;

namespace Gaudi.Cluster.Http;

/// <summary>
/// JSON as this server takes it, in a request's body and where it stands as text inside JSON: no name twice in an object, no
/// nesting without end, and no half of a surrogate pair, which can be written in JSON but is no text. Found here once, and
/// nowhere after.
/// </summary>
internal static class StrictJson
{
    /// <summary>Most objects and arrays around a value. As .NET's own readers have it, which read the value after this check.</summary>
    public const int DepthMax = 64;

    // The check itself may go deeper than what it allows, to say so; a bit a level is all it keeps.
    private static readonly JsonReaderOptions Unlimited = new() { MaxDepth = int.MaxValue };

    /// <summary>The value.</summary>
    /// <exception cref="JsonException">No JSON, or a fault; then its text says what came.</exception>
    public static JsonElement Parse(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return FaultOf(utf8) is { } fault ? throw new JsonException(fault.Got) : JsonElement.Parse(utf8);
    }

    /// <summary>The first fault of UTF-8 text; null where there is none.</summary>
    /// <exception cref="JsonException">No JSON.</exception>
    public static JsonFault? FaultOf(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, Unlimited);
        var names = new Stack<HashSet<string>>();
        try
        {
            while (reader.Read())
            {
                if (FaultAt(ref reader, names) is { } fault)
                    return fault;
            }
            return null;
        }
        catch (InvalidOperationException)
        {
            return new JsonFault("Unicode text", $"half of a surrogate pair in the string at byte {reader.TokenStartIndex}");
        }
    }

    private static JsonFault? FaultAt(ref Utf8JsonReader reader, Stack<HashSet<string>> names)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject or JsonTokenType.StartArray when reader.CurrentDepth >= DepthMax:
                return new JsonFault(
                    $"JSON of at most {DepthMax} objects and arrays in one another", $"one more at byte {reader.TokenStartIndex}");
            case JsonTokenType.StartObject:
                names.Push(new HashSet<string>(StringComparer.Ordinal));
                break;
            case JsonTokenType.EndObject:
                names.Pop();
                break;
            case JsonTokenType.PropertyName when reader.GetString()! is var name && !names.Peek().Add(name):
                return new JsonFault(
                    "each name once in an object", $"{JsonText.Quoted(name)} twice, the second time at byte {reader.TokenStartIndex}");
            case JsonTokenType.String when reader.ValueIsEscaped:
                reader.GetString();
                break;
        }
        return null;
    }
}
