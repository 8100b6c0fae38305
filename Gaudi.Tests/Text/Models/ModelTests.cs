using Gaudi.Actors.Text;
using Xunit;

namespace Gaudi.Tests.Text.Models;

public sealed class ModelTests
{
    [Theory]
    [InlineData(
        """{"type":"BPE","vocab":{"a":0, "b":1, "c":2, "ab":3, "abc":4, "bc":5}, "merges":["b c","a b","ab c"]}""",
        "abc", "0 5")]
    [InlineData(
        """{"type":"BPE","vocab":{"a":0,"b":1,"c":2,"ab":3,"abc":4,"bc":5},"merges":[["a","b"],["ab","c"]]}""",
        "abc", "4")]
    [InlineData(
        """{"type": "BPE", "ignore_merges": true, "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": []}""", "ab", "2")]
    [InlineData(
        """{"type": "BPE", "ignore_merges": false, "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": []}""", "ab", "0 1")]
    [InlineData("""{"type": "BPE", "vocab": {"a": 0, "aa": 1}, "merges": ["a a"]}""", "aaaaa", "1 1 0")]
    [InlineData(
        """{"type": "BPE", "unk_token": "u", "fuse_unk": true, "vocab": {"u": 0, "a": 1}, "merges": []}""", "xya👍",
        "0 1 0")]
    [InlineData(
        """{"type": "BPE", "unk_token": "u", "fuse_unk": false, "vocab": {"u": 0, "a": 1}, "merges": []}""", "xya👍",
        "0 0 1 0")]
    [InlineData("""{"type": "BPE", "vocab": {"a": 1}, "merges": []}""", "xax", "1")]
    [InlineData(
        """{"type":"BPE","byte_fallback":true, "unk_token":"u","vocab":{"u":0, "<0xC3>":1, "<0xA9>":2}, "merges":[]}""",
        "éx", "1 2 0")]
    [InlineData(
        """{"type":"BPE","end_of_word_suffix":"</w>","vocab":{"a":0, "b</w>":1, "ab</w>":2}, "merges":["a b</w>"]}""",
        "ab", "2")]
    [InlineData(
        """{"type":"BPE","continuing_subword_prefix":"##","vocab":{"a":0, "##b":1, "ab":2}, "merges":["a ##b"]}""",
        "ab", "2")]
    [InlineData(
        """{"type": "WordPiece", "unk_token": "u", "vocab": {"u": 0, "un": 1, "##want": 2, "##ed": 3, "unw": 4}}""",
        "unwanted", "0")]
    [InlineData(
        """{"type": "WordPiece", "unk_token": "u", "vocab": {"u": 0, "un": 1, "##want": 2, "##ed": 3}}""", "unwanted",
        "1 2 3")]
    [InlineData(
        """{"type": "WordPiece", "unk_token": "u", "max_input_chars_per_word": 3, "vocab": {"u": 0, "abcd": 1}}""",
        "abcd", "0")]
    [InlineData(
        """{"type": "Unigram", "unk_id": 0, "vocab": [["u", 0], ["a", -1], ["b", -1], ["ab", -1.5]]}""", "ab", "3")]
    [InlineData(
        """{"type": "Unigram", "unk_id": 0, "vocab": [["u", 0], ["a", -1], ["b", -1], ["ab", -2.5]]}""", "ab", "1 2")]
    [InlineData("""{"type": "Unigram", "unk_id": 0, "vocab": [["u", 0], ["a", -1]]}""", "xya👍", "0 1 0")]
    [InlineData(
        """{"type":"Unigram","unk_id":0, "byte_fallback":true, "vocab":[["u", 0],["<0xC3>", -9],["<0xA9>", -9]]}""",
        "éx", "0")]
    [InlineData(
        """{"type":"Unigram","unk_id":0, "byte_fallback":true, "vocab":[["u", 0],["<0xC3>", -9],["<0xA9>", -9]]}""",
        "é", "1 2")]
    public void Encode_follows_the_model(string model, string text, string expected) => Assert.Equal(
        expected,
            string.Join(' ', Tokenizer.Parse($$"""{"model": {{model}} }""").Encode(text, addSpecialTokens: false)));

    [Fact]
    public void A_word_keeps_its_ids_when_the_cache_has_been_emptied()
    {
        var tokenizer = Tokenizer.Parse(GoldenFiles.Read("llama.tokenizer.json"));
        var before = tokenizer.Encode(" streaming", addSpecialTokens: false).ToArray();
        tokenizer
            .Encode(string.Concat(Enumerable.Range(0, 45_000).Select(number => $" w{number:x}q")),
            addSpecialTokens: false);
        Assert.Equal(before, tokenizer.Encode(" streaming", addSpecialTokens: false).ToArray());
    }
}
