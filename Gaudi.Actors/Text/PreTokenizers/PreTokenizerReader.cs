using System.Text;

namespace Gaudi.Actors.Text.PreTokenizers;

/// <summary>Makes the pre-tokenizer that the `pre_tokenizer` section asks for.</summary>
internal static class PreTokenizerReader
{
    private const string WordsOrSymbols = @"\w+|[^\w\s]+";

    /// <summary>The pre-tokenizer of this section; an absent section cuts nothing.</summary>
    /// <exception cref="TokenizerFormatException">The type is unknown or a field is wrong.</exception>
    public static IPreTokenizer Read(JsonSection section) =>
        section.IsNull ? new PreTokenizerSequence([]) : section.Type switch
    {
        "Split" => new PatternSplit(
            TextPattern.Read(section["pattern"]), ReadBehavior(section["behavior"]),
                section["invert"].Flag(absent: false)),
        "ByteLevel" => new ByteLevelSplit(
            section["add_prefix_space"].Flag(absent: true), section["use_regex"].Flag(absent: true)),
        "Digits" => new CharacterSplit(
            IsNumeric, section["individual_digits"].Flag(absent: false) ? SplitBehavior.Isolated
                : SplitBehavior.Contiguous),
        "Metaspace" => MetaspaceSplit.Read(section),
        "Whitespace" =>
            new PatternSplit(TextPattern.Expression(WordsOrSymbols), SplitBehavior.Removed, isInverted: true),
        "WhitespaceSplit" => new CharacterSplit(Rune.IsWhiteSpace, SplitBehavior.Removed),
        "BertPreTokenizer" => new PreTokenizerSequence([
            new CharacterSplit(Rune.IsWhiteSpace, SplitBehavior.Removed),
            new CharacterSplit(IsPunctuation, SplitBehavior.Isolated),
        ]),
        "Punctuation" => new CharacterSplit(
            IsPunctuation,
            section["behavior"].IsNull ? SplitBehavior.Isolated : ReadBehavior(section["behavior"])),
        "CharDelimiterSplit" => new PatternSplit(
            TextPattern.Literal(section["delimiter"].Text()), SplitBehavior.Removed, isInverted: false),
        "Sequence" => new PreTokenizerSequence([.. section["pretokenizers"].Items().Select(Read)]),
        _ => throw section.UnknownType(
            "Split", "ByteLevel", "Digits", "Metaspace", "Whitespace", "WhitespaceSplit", "BertPreTokenizer",
            "Punctuation", "CharDelimiterSplit", "Sequence"),
    };

    private static SplitBehavior ReadBehavior(JsonSection section) => section.Text() switch
    {
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        _ => throw section.Wrong("one of Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous"),
    };

    private static bool IsNumeric(Rune rune) => Rune.IsNumber(rune);

    private static bool IsPunctuation(Rune rune) =>
        Rune.IsPunctuation(rune) || (rune.IsAscii && char.IsSymbol((char)rune.Value));
}
