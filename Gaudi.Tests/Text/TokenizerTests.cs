using CsCheck;
using Gaudi.Actors.Text;
using Xunit;

namespace Gaudi.Tests.Text;

public sealed class TokenizerTests
{
    [Fact]
    public void Decode_gives_back_any_encoded_text_under_byte_level_bpe()
    {
        var tokenizer = Tokenizer.Parse(GoldenFiles.Read("llama.tokenizer.json"));
        RandomText.Nasty.Where(text => !text.Contains("<|", StringComparison.Ordinal)).Sample(
            text => Assert.Equal(
                text, tokenizer.Decode(tokenizer.Encode(text, addSpecialTokens: true).AsSpan(), true)), iter: 2000);
    }

    [Fact]
    public void Encode_gives_the_same_ids_from_many_threads()
    {
        var text = string.Concat(
            Enumerable.Range(0, 500).Select(number => $"the token{number} stream 你好 {number * 37} "));
        var expected = Tokenizer.Parse(GoldenFiles.Read("llama.tokenizer.json")).Encode(text, addSpecialTokens: true)
            .ToArray();
        var shared = Tokenizer.Parse(GoldenFiles.Read("llama.tokenizer.json"));
        Parallel.For(0, 16, _ => Assert.Equal(expected, shared.Encode(text, addSpecialTokens: true).ToArray()));
    }

    [Fact]
    public void Encode_of_one_very_long_word_stays_cheap()
    {
        // A quadratic merge loop would take minutes here.
        var tokenizer = Tokenizer.Parse(GoldenFiles.Read("sentencepiece.tokenizer.json"));
        var text = string.Concat(Enumerable.Repeat("thethe", 50_000));
        Assert.Equal(
            text, tokenizer.Decode(tokenizer.Encode(text, addSpecialTokens: false).AsSpan(), skipSpecialTokens: true));
    }

    [Fact]
    public void Encode_reads_a_lone_surrogate_as_a_replacement_character()
    {
        var tokenizer = Tokenizer.Parse(GoldenFiles.Read("llama.tokenizer.json"));
        Assert.Equal(
            "a\uFFFDb", tokenizer.Decode(tokenizer.Encode("a\uD83Db", addSpecialTokens: false).AsSpan(), true));
    }

    [Fact]
    public void VocabularySize_is_one_more_than_the_largest_id_and_gaps_decode_to_nothing()
    {
        var tokenizer = Tokenizer.Parse("""
            {"added_tokens": [{"id": 9, "content": "<end>", "special": true}],
             "model": {"type": "BPE", "vocab": {"a": 0, "b": 5}, "merges": []}, "decoder": {"type": "Fuse"}}
            """);
        Assert.Equal(10, tokenizer.VocabularySize);
        Assert.Equal("ab<end>", tokenizer.Decode([0, 3, 5, 9, 10, -1], skipSpecialTokens: false));
        Assert.Equal("ab", tokenizer.Decode([0, 3, 5, 9], skipSpecialTokens: true));
        Assert.True(tokenizer.IsSpecial(9));
        Assert.False(tokenizer.IsSpecial(0));
        Assert.Equal(5, tokenizer.IdOf("b"));
        Assert.Null(tokenizer.IdOf("c"));
    }

    [Fact]
    public void Decode_keeps_a_byte_order_mark()
    {
        var tokenizer = Tokenizer.Parse(GoldenFiles.Read("sentencepiece.tokenizer.json"));
        Assert.Equal("\uFEFFa", tokenizer.Decode(tokenizer.Encode("\uFEFFa", addSpecialTokens: false).AsSpan(), true));
    }

    [Fact]
    public void Load_reads_the_folder_and_the_names_of_its_special_tokens()
    {
        var folder = Directory.CreateTempSubdirectory("gaudi-tokenizer-");
        try
        {
            var missing = Assert.Throws<TokenizerFormatException>(() => Tokenizer.Load(folder.FullName));
            Assert.Contains("tokenizer.json", missing.Message, StringComparison.Ordinal);
            File.WriteAllText(
                Path.Combine(folder.FullName, "tokenizer.json"), GoldenFiles.Read("llama.tokenizer.json"));
            File.WriteAllText(
                Path.Combine(folder.FullName, "tokenizer_config.json"),
                    """{"bos_token": {"content": "<|begin|>"}, "eos_token": null}""");
            File.WriteAllText(
                Path.Combine(folder.FullName, "special_tokens_map.json"),
                """{"bos_token": "x", "eos_token": "<|end|>"}""");
            var tokenizer = Tokenizer.Load(folder.FullName);
            Assert.Equal(("<|begin|>", "<|end|>"), (tokenizer.BosToken, tokenizer.EosToken));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
