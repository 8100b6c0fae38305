using System.Globalization;
using System.Text;

namespace Gaudi.Actors.Text.Normalizers;

/// <summary>Drops control characters and U+FFFD and turns every white space into a plain space.</summary>
internal sealed class BertCleanText : INormalizer
{
    /// <inheritdoc/>
    public string Normalize(string text)
    {
        var kept = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '\t' or '\n' or '\r')
            {
                kept.Append(' ');
            }
            else if (rune.Value is not (0 or 0xFFFD) && !IsControl(rune))
            {
                kept.Append(Rune.IsWhiteSpace(rune) ? " " : rune.ToString());
            }
        }

        return kept.ToString();
    }

    // Unassigned characters stay: an older table would drop symbols that Unicode has since added.
    private static bool IsControl(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse;
}
