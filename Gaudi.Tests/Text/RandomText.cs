using System.Text;
using CsCheck;

namespace Gaudi.Tests.Text;

/// <summary>Random texts that mix what breaks tokenizers.</summary>
internal static class RandomText
{
    private static readonly string[] Parts =
    [
        " ", "  ", "\n", "\t", "\r\n", "a", "the", " the", "token", "Stream", "don't", "'s", "12", "345", ".", "?!",
            "_", "##", "▁",
        "é", "e\u0301", "\u0323\u0301", "ß", "你", "好世界", "𠮷", "𝒜", "👍🏽", "👩‍👩‍👧", "🇩🇪", "שלום", "مرحبا", "नमस्ते",
            "한국", "\0", "\u001b[0m",
        "\u200b", "\ufeff", "\ufffd", "ﬁ", "½", "<s>", "</s>", "<|begin|>", "<|end|>", "<|left|>", "<|right|>",
            "[MASK]", "<0x41>", "zebra",
    ];

    /// <summary>Texts of whole characters.</summary>
    public static Gen<string> Nasty { get; } = Gen.OneOf(
            Gen.Int[0, Parts.Length - 1].Select(index => Parts[index]),
            Gen.Int[0, 0x10FFFF].Where(Rune.IsValid).Select(code => new Rune(code).ToString()),
            Gen.Char[' ', '~'].Select(character => character.ToString()))
        .Array[0, 24].Select(string.Concat);
}
