using System.Text;

namespace Gaudi.Actors.Text.Normalizers;

/// <summary>Puts a space on both sides of every CJK ideograph.</summary>
internal sealed class ChineseCharacterSpacing : INormalizer
{
    /// <inheritdoc/>
    public string Normalize(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        var spaced = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            spaced.Append(IsIdeograph(rune.Value) ? $" {rune} " : rune.ToString());
        }

        return spaced.ToString();
    }

    // The blocks that BERT's own tokenizer lists (Devlin and others 2018).
    private static bool IsIdeograph(int code) => code is
        (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF)
        or (>= 0x2A700 and <= 0x2B73F) or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF)
        or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
