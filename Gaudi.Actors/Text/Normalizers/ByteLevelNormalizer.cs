namespace Gaudi.Actors.Text.Normalizers;

/// <summary>Writes every UTF-8 byte as its printable character.</summary>
internal sealed class ByteLevelNormalizer : INormalizer
{
    /// <inheritdoc/>
    public string Normalize(string text) => ByteAlphabet.Write(text);
}
