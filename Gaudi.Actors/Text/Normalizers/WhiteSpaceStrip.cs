namespace Gaudi.Actors.Text.Normalizers;

/// <summary>Removes white space from the ends.</summary>
internal sealed class WhiteSpaceStrip(bool isLeft, bool isRight) : INormalizer
{
    /// <inheritdoc/>
    public string Normalize(string text) => (isLeft, isRight) switch
    {
        (true, true) => text.Trim(),
        (true, false) => text.TrimStart(),
        (false, true) => text.TrimEnd(),
        (false, false) => text,
    };
}
