using Gaudi.Actors.Text;
using Xunit;

namespace Gaudi.Tests.Text.PreTokenizers;

public sealed class PreTokenizerTests
{
    [Theory]
    [InlineData("Removed", false, "the|final|countdown")]
    [InlineData("Isolated", false, "the|-|final|-|-|countdown")]
    [InlineData("MergedWithPrevious", false, "the-|final-|-|countdown")]
    [InlineData("MergedWithNext", false, "the|-final|-|-countdown")]
    [InlineData("Contiguous", false, "the|-|final|--|countdown")]
    [InlineData("Removed", true, "-|-|-")]
    [InlineData("MergedWithPrevious", true, "the|-final|-|-countdown")]
    public void Split_keeps_the_delimiter_as_the_behaviour_says(string behavior, bool isInverted, string expected)
    {
        var invert = isInverted ? "true" : "false";
        var split = $$$"""
            {"type": "Split", "pattern": {"String": "-"}, "behavior": "{{{behavior}}}", "invert": {{{invert}}} }
            """;
        Assert.Equal(expected, string.Join('|', TokenizerJson.Split(split, "the-final--countdown")));
    }

    [Theory]
    [InlineData("""{"type": "Digits", "individual_digits": true}""", "a12b", "a|1|2|b")]
    [InlineData("""{"type": "Digits", "individual_digits": false}""", "a12b½", "a|12|b|½")]
    [InlineData("""{"type": "Whitespace"}""", "Hey, it's a_b  x!?", "Hey|,|it|'|s|a_b|x|!?")]
    [InlineData("""{"type": "WhitespaceSplit"}""", " Hey,\tit's ", "Hey,|it's")]
    [InlineData("""{"type": "BertPreTokenizer"}""", "Hey, $5 it's!", "Hey|,|$|5|it|'|s|!")]
    [InlineData("""{"type": "Punctuation", "behavior": "Contiguous"}""", "a!?b。c", "a|!?|b|。|c")]
    [InlineData("""{"type": "Punctuation"}""", "a!?b", "a|!|?|b")]
    [InlineData("""{"type": "CharDelimiterSplit", "delimiter": "_"}""", "a_b__c", "a|b|c")]
    [InlineData(
        """{"type": "ByteLevel", "add_prefix_space": true, "use_regex": true}""", "hi there's 12", "Ġhi|Ġthere|'s|Ġ12")]
    [InlineData("""{"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}""", "hi é", "hiĠÃ©")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"}""", "hi  you", "▁hi|▁|▁you")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"}""", " hi", "▁hi")]
    [InlineData(
        """{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": false}""", "hi you", "hi▁you")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "add_prefix_space": false}""", "hi you", "hi|▁you")]
    [InlineData(
        """
        {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"},
         {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"}]}
        """,
        "a b", "▁a|b")]
    [InlineData(
        """{"type": "Split", "pattern": {"Regex": "\\p{L}++|\\p{N}?+"}, "behavior": "Isolated"}""", "ab12", "ab|1|2")]
    [InlineData(
        """{"type": "Split", "pattern": {"Regex": "[^\\s\\p{L}]+"}, "behavior": "Isolated"}""", "𠮷x👍👍y", "𠮷x|👍👍|y")]
    [InlineData("""{"type": "Split", "pattern": {"Regex": "[\\p{Han}]+"}, "behavior": "Isolated"}""", "a你𠮷b", "a|你𠮷|b")]
    public void Split_cuts_where_the_type_says(string preTokenizer, string text, string expected) =>
        Assert.Equal(expected, string.Join('|', TokenizerJson.Split(preTokenizer, text)));

    [Fact]
    public void Metaspace_first_prefixes_the_start_of_the_text_only()
    {
        var tokenizer = TokenizerJson.OfWords(["▁a", "a", "b", "<x>"], """
            , "added_tokens": [{"id": 4, "content": "<x>", "special": true}],
              "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"}
            """);
        Assert.Equal([1, 4, 2], tokenizer.Encode("a<x>a", addSpecialTokens: false).ToArray());
        Assert.Equal([4, 2], tokenizer.Encode("<x>a", addSpecialTokens: false).ToArray());
    }

    [Fact]
    public void An_expression_that_dotnet_cannot_run_is_refused_with_its_place()
    {
        var error = Assert.Throws<TokenizerFormatException>(() => TokenizerJson.Split(
            """{"type": "Split", "pattern": {"Regex": "(a"}, "behavior": "Isolated"}""", "a"));
        Assert.Contains("pre_tokenizer.pattern.Regex", error.Message, StringComparison.Ordinal);
    }
}
