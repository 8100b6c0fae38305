namespace Gaudi.Actors.Text.Normalizers;

/// <summary>Lower case, each character on its own (a final sigma is an ordinary one).</summary>
internal sealed class Lowercase : INormalizer
{
    /// <inheritdoc/>
    /// <remarks>U+0130 is the one character whose lower case is two (Unicode SpecialCasing.txt).</remarks>
    public string Normalize(string text) =>
        text.Replace("\u0130", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();
}
