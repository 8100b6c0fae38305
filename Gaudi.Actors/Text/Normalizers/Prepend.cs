namespace Gaudi.Actors.Text.Normalizers;

/// <summary>Puts text before every text that is not empty.</summary>
internal sealed class Prepend(string prefix) : INormalizer
{
    /// <inheritdoc/>
    public string Normalize(string text) => text.Length == 0 ? text : prefix + text;
}
