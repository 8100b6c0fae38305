using System.Text;
using CsCheck;
using Gaudi.Actors.Text;
using Xunit;

namespace Gaudi.Tests.Text;

public sealed class IncrementalDetokenizerTests
{
    public static TheoryData<string> Names() => new(GoldenFiles.Names(".tokenizer.json"));

    [Theory]
    [MemberData(nameof(Names))]
    public void Pushes_and_flush_equal_Decode_for_any_ids(string name)
    {
        var tokenizer = Tokenizer.Parse(GoldenFiles.Read(name + ".tokenizer.json"));
        Gen.Select(Gen.Int[-1, tokenizer.VocabularySize + 1].Array[0, 30], Gen.Bool).Sample(
            (ids, skips) => CheckLaw(tokenizer, ids, skips), iter: 2000);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Pushes_and_flush_equal_Decode_for_encoded_texts(string name)
    {
        var tokenizer = Tokenizer.Parse(GoldenFiles.Read(name + ".tokenizer.json"));
        Gen.Select(RandomText.Nasty, Gen.Bool).Sample(
            (text, skips) =>
                CheckLaw(tokenizer, [.. tokenizer.Encode(text, addSpecialTokens: true)], skips), iter: 1000);
    }

    [Fact]
    public void Pushes_and_flush_equal_Decode_under_every_chain_of_decoders()
    {
        string[] steps =
        [
            """{"type":"ByteFallback"}""", """{"type":"Fuse"}""", """{"type":"ByteLevel"}""",
            """{"type":"Strip","content":" ","start":1,"stop":0}""",
                """{"type":"Strip","content":"a","start":2,"stop":1}""",
            """{"type":"Replace","pattern":{"String":"▁"},"content":" "}""",
            """{"type":"Replace","pattern":{"String":"ab"},"content":"x"}""",
            """{"type":"Replace","pattern":{"Regex":"a+"},"content":"$0"}""",
            """{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"}""",
            """{"type":"WordPiece","prefix":"##","cleanup":true}""", """{"type":"BPEDecoder","suffix":"</w>"}""",
        ];
        string[] tokens =
            ["a", "ab", " ", "  a", "▁", "▁b", "##b", "b</w>", ".", " n't", "<0xE4>", "<0xBD>", "<0xA0>", "<0x41>",
                "é", "ä½", "Ġ", "aaa"];
        Gen.Select(
            Gen.Int[0, steps.Length - 1]
            .Select(index => steps[index]).Array[0, 4], Gen.Int[0, tokens.Length - 1].Array[0, 12]).Sample(
            (chain, ids) =>
        {
            var vocabulary = string.Join(
                ',', tokens.Select((token, id) => $"{System.Text.Json.JsonSerializer.Serialize(token)}:{id}"));
            var tokenizer = Tokenizer.Parse(
                $$$"""
                {"model":{"type":"BPE","vocab":{ {{{vocabulary}}} },"merges":[]},
                 "decoder":{"type":"Sequence","decoders":[{{{string.Join(',', chain)}}}]} }
                """);
            CheckLaw(tokenizer, ids, skips: false);
        }, iter: 1500);
    }

    [Fact]
    public void Push_holds_a_character_back_until_its_last_byte()
    {
        var tokenizer = Tokenizer.Parse(GoldenFiles.Read("llama.tokenizer.json"));
        var detokenizer = new IncrementalDetokenizer(tokenizer, skipSpecialTokens: true);
        var pushes = Encoding.UTF8.GetBytes("👍!").Select(value => detokenizer.Push(ByteId(tokenizer, value)));
        Assert.Equal(["", "", "", "👍", "!"], pushes);
        Assert.Equal("", detokenizer.Flush());
    }

    [Fact]
    public void Flush_gives_a_replacement_character_for_an_incomplete_one_and_ends_the_sequence()
    {
        var tokenizer = Tokenizer.Parse(GoldenFiles.Read("llama.tokenizer.json"));
        var detokenizer = new IncrementalDetokenizer(tokenizer, skipSpecialTokens: true);
        Assert.Equal("", detokenizer.Push(ByteId(tokenizer, 0xF0)));
        Assert.Equal("\uFFFD", detokenizer.Flush());
        Assert.Equal("", detokenizer.Flush());
        Assert.Throws<InvalidOperationException>(() => detokenizer.Push(0));
    }

    [Fact]
    public void Push_strips_the_leading_space_of_the_first_word_only()
    {
        var tokenizer = Tokenizer.Parse(GoldenFiles.Read("sentencepiece.tokenizer.json"));
        var detokenizer = new IncrementalDetokenizer(tokenizer, skipSpecialTokens: true);
        var the = tokenizer.IdOf("▁the")!.Value;
        Assert.Equal(["", "the", " the"], new[] { tokenizer.IdOf("<s>")!.Value, the, the }.Select(detokenizer.Push));
    }

    private static int ByteId(Tokenizer tokenizer, byte value) =>
        Enumerable.Range(0, tokenizer.VocabularySize).First(id => tokenizer.TokenBytes(id).Span.SequenceEqual([value]));

    private static void CheckLaw(Tokenizer tokenizer, int[] ids, bool skips)
    {
        var detokenizer = new IncrementalDetokenizer(tokenizer, skips);
        var text = new StringBuilder();
        foreach (var id in ids)
        {
            var part = detokenizer.Push(id);
            Assert.False(
                part.Length > 0
                && (char.IsHighSurrogate(part[^1]) || char.IsLowSurrogate(part[0])), "half a character");
            text.Append(part);
        }

        text.Append(detokenizer.Flush());
        Assert.Equal(tokenizer.Decode(ids, skips), text.ToString());
    }
}
