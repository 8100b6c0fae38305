using System.Globalization;
using System.Text;

namespace Gaudi.Actors.Text.Normalizers;

/// <summary>Removes combining marks: all of them, or the non-spacing ones only. Does not decompose first.</summary>
internal sealed class AccentStrip(bool isNonSpacingOnly) : INormalizer
{
    /// <inheritdoc/>
    public string Normalize(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        var kept = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var isMark = Rune.GetUnicodeCategory(rune) switch
            {
                UnicodeCategory.NonSpacingMark => true,
                UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => !isNonSpacingOnly,
                _ => false,
            };
            if (!isMark)
            {
                kept.Append(rune.ToString());
            }
        }

        return kept.ToString();
    }
}
