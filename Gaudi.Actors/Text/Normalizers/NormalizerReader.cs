using System.Collections.Immutable;
using System.Text;

namespace Gaudi.Actors.Text.Normalizers;

/// <summary>Makes the normalizer that the `normalizer` section asks for.</summary>
internal static class NormalizerReader
{
    /// <summary>The normalizer of this section; an absent section leaves text as it is.</summary>
    /// <exception cref="TokenizerFormatException">The type is unknown or a field is wrong.</exception>
    public static INormalizer Read(JsonSection section) =>
        section.IsNull ? new NormalizerSequence([]) : section.Type switch
    {
        "NFC" => new UnicodeForm(NormalizationForm.FormC),
        "NFD" => new UnicodeForm(NormalizationForm.FormD),
        "NFKC" => new UnicodeForm(NormalizationForm.FormKC),
        "NFKD" => new UnicodeForm(NormalizationForm.FormKD),
        "Prepend" => new Prepend(section["prepend"].Text()),
        "Replace" => new PatternReplacement(TextPattern.Read(section["pattern"]), section["content"].Text()),
        "Lowercase" => new Lowercase(),
        "Strip" => new WhiteSpaceStrip(
            section["strip_left"].Flag(absent: true), section["strip_right"].Flag(absent: true)),
        "StripAccents" => new AccentStrip(isNonSpacingOnly: false),
        "ByteLevel" => new ByteLevelNormalizer(),
        "BertNormalizer" => ReadBert(section),
        "Precompiled" => PrecompiledMap.Read(section["precompiled_charsmap"]),
        "Sequence" => new NormalizerSequence([.. section["normalizers"].Items().Select(Read)]),
        _ => throw section.UnknownType(
            "NFC", "NFD", "NFKC", "NFKD", "Prepend", "Replace", "Lowercase", "Strip", "StripAccents", "ByteLevel",
            "BertNormalizer", "Precompiled", "Sequence"),
    };

    private static NormalizerSequence ReadBert(JsonSection section)
    {
        var isLowercase = section["lowercase"].Flag(absent: true);
        var steps = ImmutableArray.CreateBuilder<INormalizer>();
        if (section["clean_text"].Flag(absent: true))
        {
            steps.Add(new BertCleanText());
        }

        if (section["handle_chinese_chars"].Flag(absent: true))
        {
            steps.Add(new ChineseCharacterSpacing());
        }

        if (section["strip_accents"].Flag(absent: isLowercase))
        {
            steps.Add(new UnicodeForm(NormalizationForm.FormD));
            steps.Add(new AccentStrip(isNonSpacingOnly: true));
        }

        if (isLowercase)
        {
            steps.Add(new Lowercase());
        }

        return new NormalizerSequence(steps.ToImmutable());
    }
}
