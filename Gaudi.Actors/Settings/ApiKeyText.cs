namespace Gaudi.Actors.Settings;

/// <summary>What can be an API key. No message ever shows one.</summary>
public static class ApiKeyText
{
    /// <summary>What a key must be, for messages.</summary>
    public const string Expected = "visible ASCII characters without blanks, at least one";

    /// <summary>Whether a key can travel in a header as it is.</summary>
    public static bool IsUsable(string key) => key.Length > 0 && key.All(character => character is > ' ' and < '\x7f');
}
