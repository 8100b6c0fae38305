namespace Gaudi.Actors.Text.Normalizers;

/// <summary>Replaces every match of a pattern by fixed text.</summary>
internal sealed class PatternReplacement(TextPattern pattern, string content) : INormalizer
{
    /// <inheritdoc/>
    public string Normalize(string text) => pattern.Replace(text, content);
}
