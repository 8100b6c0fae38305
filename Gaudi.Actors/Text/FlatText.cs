using System.Globalization;
using System.Text;

namespace Gaudi.Actors.Text;

/// <summary>
/// Text with one char for each character. .NET regular expressions see a character beyond U+FFFF as two surrogates of
/// no
/// use, so `\p{L}` would miss it; here a character of the same category stands in for it.
/// </summary>
internal readonly struct FlatText
{
    private readonly int[]? _originals;

    private FlatText(string text, int[]? originals)
    {
        Text = text;
        _originals = originals;
    }

    /// <summary>The text to match against.</summary>
    public string Text { get; }

    /// <summary>Index in the original text of an index in <see cref="Text"/>.</summary>
    public int Original(int index) => _originals is null ? index : _originals[index];

    /// <summary>Makes the flat form; text without surrogates is used as it is.</summary>
    public static FlatText Of(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            return new FlatText(text, null);
        }

        var flat = new StringBuilder(text.Length);
        var originals = new List<int>(text.Length + 1);
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            flat.Append(rune.IsBmp ? (char)rune.Value : StandIn(rune));
            originals.Add(at);
            at += rune.Utf16SequenceLength;
        }

        originals.Add(at);
        return new FlatText(flat.ToString(), [.. originals]);
    }

    // Rare characters of the basic plane, so that a pattern does not name them by accident.
    private static char StandIn(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        _ when IsHan(rune.Value) => '\u9FA6', // A Han character outside the range patterns usually name one by one.
        UnicodeCategory.UppercaseLetter => '\uA640',
        UnicodeCategory.LowercaseLetter => '\uA641',
        UnicodeCategory.ModifierLetter => '\uA60C',
        UnicodeCategory.OtherLetter => '\uA000',
        UnicodeCategory.NonSpacingMark => '\uA66F',
        UnicodeCategory.SpacingCombiningMark => '\uA823',
        UnicodeCategory.EnclosingMark => '\uA670',
        UnicodeCategory.DecimalDigitNumber => '\uA620',
        UnicodeCategory.LetterNumber => '\uA6E6',
        UnicodeCategory.OtherNumber => '\uA830',
        UnicodeCategory.ConnectorPunctuation => '\uFE33',
        UnicodeCategory.DashPunctuation => '\uFE31',
        UnicodeCategory.OpenPunctuation => '\uFE35',
        UnicodeCategory.ClosePunctuation => '\uFE36',
        UnicodeCategory.OtherPunctuation => '\uA60D',
        UnicodeCategory.MathSymbol => '\uFB29',
        UnicodeCategory.CurrencySymbol => '\uA838',
        UnicodeCategory.ModifierSymbol => '\uA700',
        UnicodeCategory.OtherSymbol => '\uA490',
        UnicodeCategory.Format => '\uFFF9',
        UnicodeCategory.PrivateUse => '\uE000',
        _ => '\uFFFE',
    };

    private static bool IsHan(int value) => value is (>= 0x20000 and <= 0x2FA1F) or (>= 0x30000 and <= 0x323AF);
}
