using System.Text;
using Gaudi.Actors.Text;
using Xunit;

namespace Gaudi.Tests.Text.Decoders;

public sealed class DecoderTests
{
    private const string Llama2 = """
        {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
         {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
        """;

    [Theory]
    [InlineData("null", "a|b", "a b")]
    [InlineData("""{"type": "Fuse"}""", "a|b", "ab")]
    [InlineData(Llama2, "▁Hey|▁you", "Hey you")]
    [InlineData(Llama2, "▁▁Hey", " Hey")]
    [InlineData(Llama2, "<0xE4>|<0xBD>|<0xA0>|a", "你a")]
    [InlineData(Llama2, "a|<0xE4>|<0xBD>|b", "a\uFFFD\uFFFDb")]
    [InlineData(Llama2, "<0xE4>|<0xBD>|<0xA0>|<0xFF>", "\uFFFD\uFFFD\uFFFD\uFFFD")]
    [InlineData("""{"type": "ByteLevel"}""", "Ġa|Ã|©|Ã", " aé\uFFFD")]
    [InlineData("""{"type": "ByteLevel"}""", "<你>|Ġ", "<你> ")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"}""", "▁Hey|▁you", "Hey you")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never"}""", "▁Hey|▁you", " Hey you")]
    [InlineData(
        """{"type": "WordPiece", "prefix": "##", "cleanup": true}""", "un|##want|##ed|!|do|n't", "unwanted! don't")]
    [InlineData("""{"type": "WordPiece", "prefix": "##", "cleanup": false}""", "un|##want|!", "unwant !")]
    [InlineData("""{"type": "BPEDecoder", "suffix": "</w>"}""", "a|b</w>|c</w>", "ab c")]
    [InlineData("""{"type": "Strip", "content": "_", "start": 1, "stop": 2}""", "__a___|_b", "_a_b")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": "a+"}, "content": "-"}""", "aa|aab", "--b")]
    public void Decode_joins_tokens_as_the_type_says(string decoder, string tokens, string expected)
    {
        var words = tokens.Split('|').Distinct().ToArray();
        var tokenizer = TokenizerJson.OfWords(words, $", \"decoder\": {decoder}");
        var ids = tokens.Split('|').Select(token => tokenizer.IdOf(token)!.Value).ToArray();
        Assert.Equal(expected, tokenizer.Decode(ids, skipSpecialTokens: false));
    }

    [Theory]
    [InlineData(Llama2, "▁the", " the")]
    [InlineData(Llama2, "<0xE4>", "\u00E4")]
    [InlineData("""{"type": "ByteLevel"}""", "Ġa", " a")]
    [InlineData("""{"type": "ByteLevel"}""", "Ã", "\u00C3")]
    [InlineData("""{"type": "WordPiece", "prefix": "##"}""", "##ing", "ing")]
    [InlineData("""{"type": "WordPiece", "prefix": "##"}""", "the", " the")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁"}""", "▁the", " the")]
    [InlineData("null", "a", " a")]
    public void TokenBytes_are_what_a_token_adds_inside_a_text(string decoder, string token, string latin1)
    {
        var tokenizer = TokenizerJson.OfWords([token], $", \"decoder\": {decoder}");
        Assert.Equal(Encoding.Latin1.GetBytes(latin1), tokenizer.TokenBytes(1).ToArray());
    }

    [Fact]
    public void TokenText_shows_part_of_a_character_as_a_replacement()
    {
        var tokenizer = TokenizerJson.OfWords(["<0xE4>"], $", \"decoder\": {Llama2}");
        Assert.Equal("\uFFFD", tokenizer.TokenText(1));
        Assert.Equal("", tokenizer.TokenText(99));
        Assert.Equal("", tokenizer.TokenText(-1));
    }

    [Fact]
    public void TokenBytes_of_all_tokens_make_a_byte_level_text()
    {
        var tokenizer = Tokenizer.Parse(GoldenFiles.Read("llama.tokenizer.json"));
        var text = "naïve 👍 streaming 你好";
        var bytes = tokenizer.Encode(text, addSpecialTokens: false)
            .SelectMany(id => tokenizer.TokenBytes(id).ToArray());
        Assert.Equal(text, Encoding.UTF8.GetString([.. bytes]));
    }
}
