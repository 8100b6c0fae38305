using System.Text.Json;

namespace Gaudi.Cluster.Http;

/// <summary>JSON values in the words of an error message.</summary>
internal static class JsonText
{
    private const int ShownCharsMax = 60;

    /// <summary>The kind of a value, with its article.</summary>
    public static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        _ => "null",
    };

    /// <summary>The value as the client wrote it when it is short, else its kind.</summary>
    public static string Shown(JsonElement value)
    {
        var raw = value.GetRawText();
        return raw.Length <= ShownCharsMax && !raw.Contains('\n') ? raw : Kind(value);
    }

    /// <summary>A text in quotes when it is short, else its length.</summary>
    public static string Quoted(string text) =>
        text.Length <= ShownCharsMax ? $"\"{text}\"" : $"a string of {text.Length} characters";
}
