using System.Text.Json;

namespace Gaudi.Actors.Settings;

/// <summary>An adapter as the command line names it.</summary>
/// <param name="Name">What clients name.</param>
/// <param name="Path">Its folder.</param>
public sealed record AdapterModule(string Name, string Path)
{
    /// <summary>What one is, for messages.</summary>
    public const string Expected = "NAME=PATH, or JSON such as {\"name\": \"NAME\", \"path\": \"PATH\"}";

    /// <summary>Reads NAME=PATH, or vLLM's JSON, of which `base_model_name` is not used; null for anything else.</summary>
    public static AdapterModule? Read(string text)
    {
        if (text.StartsWith('{'))
            return ReadJson(text);
        var cut = text.IndexOf('=');
        return cut > 0 && cut < text.Length - 1 ? new AdapterModule(text[..cut], text[(cut + 1)..]) : null;
    }

    private static AdapterModule? ReadJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return Text(document.RootElement, "name") is { } name && Text(document.RootElement, "path") is { } path
                ? new AdapterModule(name, path)
                : null;
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement module, string name) =>
        module.TryGetProperty(name, out var value) && value.GetString() is { Length: > 0 } text ? text : null;
}
