using System.Globalization;

namespace Gaudi.Actors.Text.Models;

/// <summary>The tokens `&lt;0x00&gt;` to `&lt;0xFF&gt;` that stand for single bytes.</summary>
internal static class ByteTokens
{
    /// <summary>The token of a byte.</summary>
    public static string Name(int value) => $"<0x{value:X2}>";

    /// <summary>The id of each byte's token, or null where the vocabulary has none.</summary>
    public static int?[] Ids(IReadOnlyDictionary<string, int> vocabulary) =>
        [.. Enumerable.Range(0, 256).Select(
            value => vocabulary.TryGetValue(Name(value), out var id) ? id : (int?)null)];

    /// <summary>The byte that a token names, or null when it is an ordinary token.</summary>
    public static byte? Read(ReadOnlySpan<char> token) =>
        token.Length == 6 && token.StartsWith("<0x") && token[5] == '>'
        && byte.TryParse(token[3..5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;
}
