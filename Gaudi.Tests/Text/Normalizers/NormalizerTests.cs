using Xunit;

namespace Gaudi.Tests.Text.Normalizers;

public sealed class NormalizerTests
{
    [Theory]
    [InlineData("""{"type": "NFC"}""", "e\u0301", "é")]
    [InlineData("""{"type": "NFD"}""", "é", "e\u0301")]
    [InlineData("""{"type": "NFKC"}""", "ﬁ²", "fi2")]
    [InlineData("""{"type": "NFKD"}""", "ﬁé", "fie\u0301")]
    [InlineData("""{"type": "Prepend", "prepend": "▁"}""", "a", "▁a")]
    [InlineData("""{"type": "Prepend", "prepend": "▁"}""", "", "")]
    [InlineData("""{"type": "Replace", "pattern": {"String": "$1"}, "content": "$0"}""", "a$1b", "a$0b")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "$0"}""", "a   b c", "a$0b c")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": "."}, "content": "x"}""", "a👍b", "xxx")]
    [InlineData("""{"type": "Lowercase"}""", "ÀΣİ", "àσi\u0307")]
    [InlineData("""{"type": "Strip", "strip_left": true, "strip_right": false}""", " a ", "a ")]
    [InlineData("""{"type": "Strip", "strip_left": false, "strip_right": true}""", "\u3000a\u3000", "\u3000a")]
    [InlineData("""{"type": "StripAccents"}""", "e\u0301é\u0903", "eé")]
    [InlineData("""{"type": "ByteLevel"}""", " é", "ĠÃ©")]
    [InlineData("""{"type": "BertNormalizer"}""", "À\u0000\tB\u200b你x", "a b 你 x")]
    [InlineData("""{"type": "BertNormalizer", "lowercase": false, "handle_chinese_chars": false}""", "À你", "À你")]
    [InlineData("""{"type": "BertNormalizer", "lowercase": false, "strip_accents": true}""", "À", "A")]
    [InlineData(
        """{"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"}]}""",
        "ÉÀ", "ea")]
    [InlineData("""{"type": "Precompiled", "precompiled_charsmap": null}""", "Aé", "Aé")]
    public void Normalize_changes_what_the_type_says(string normalizer, string text, string expected) =>
        Assert.Equal(expected, TokenizerJson.Normalize(normalizer, text));
}
