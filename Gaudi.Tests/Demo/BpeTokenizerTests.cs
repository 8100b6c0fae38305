using System.Text.RegularExpressions;
using Gaudi.Tests.Training.Lessons;
using Gaudi.Tests.Training.Tokens;
using Microsoft.ML.Tokenizers;
using Xunit;
using BpeTokenizer = Gaudi.Tests.Training.Tokens.BpeTokenizer;

namespace Gaudi.Tests.Demo;

/// <summary>The trainer's own tokenizer.</summary>
public sealed class BpeTokenizerTests
{
    private static readonly BpeTokenizer Tokenizer = TokenizerCorpus.MakeTokenizer();

    [Fact]
    public void Vocabulary_is_full_and_a_multiple_of_eight() => Assert.Equal(1024, Tokenizer.VocabularyCount);

    [Fact]
    public void Decode_returns_the_text_encoded()
    {
        var curriculum = new Curriculum(11);
        for (var i = 0; i < 2000; i++)
        {
            foreach (var turn in curriculum.Next().Turns)
            {
                Assert.Equal(turn.Question, Tokenizer.Decode(Tokenizer.Encode(turn.Question)));
                Assert.Equal(turn.Answer, Tokenizer.Decode(Tokenizer.Encode(turn.Answer)));
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("  two  spaces\n\n\tand a tab ")]
    [InlineData("Grüße, 世界 🙂 it's")]
    public void Decode_returns_any_text(string text) => Assert.Equal(text, Tokenizer.Decode(Tokenizer.Encode(text)));

    [Fact]
    public void Encode_gives_each_digit_its_own_token() => Assert.Equal(5, Tokenizer.Encode("12345").Count);

    [Fact]
    public void Encode_spells_a_quoted_word_letter_by_letter() => Assert.Equal(8, Tokenizer.Encode("\"planet\"").Count);

    [Fact]
    public void Encode_makes_special_tokens_one_id()
    {
        var ids = Tokenizer.Encode("<|im_start|>user\nHi<|im_end|>");
        Assert.Equal(Tokenizer.SpecialId(BpeTokenizer.MessageStart), ids[0]);
        Assert.Equal(Tokenizer.SpecialId(BpeTokenizer.MessageEnd), ids[^1]);
        Assert.Equal(1022, Tokenizer.SpecialId(BpeTokenizer.MessageStart));
    }

    [Fact]
    public void Encode_agrees_with_a_second_implementation()
    {
        var specials = BpeTokenizer.Specials.ToDictionary(token => token, Tokenizer.SpecialId);
        var other = Microsoft.ML.Tokenizers.BpeTokenizer.Create(
            new BpeOptions(Tokenizer.Symbols.Select((symbol, id) => KeyValuePair.Create(symbol, id)))
            {
                Merges = Tokenizer.Merges.Select(merge => $"{merge.Left} {merge.Right}"),
                ByteLevel = true,
                SpecialTokens = specials,
                PreTokenizer = new RegexPreTokenizer(new Regex(Pretokenizer.Pattern), specials),
            });
        var curriculum = new Curriculum(12);
        for (var i = 0; i < 2000; i++)
        {
            var text = ChatFormat.Write(curriculum.Next());
            Assert.Equal(other.EncodeToIds(text), Tokenizer.Encode(text));
        }
    }

    /// <summary>The ids @huggingface/tokenizers (npm) gave for the committed tokenizer.json, November 2026.</summary>
    [Fact]
    public void Encode_gives_the_ids_of_huggingface_tokenizers()
    {
        const string Text = "<|im_start|>user\nWhat's 17 + 25?<|im_end|>\n" +
            "<|im_start|>assistant\n7+5=12, 1+2+1=4, so 42<|im_end|>";
        int[] expected =
        [
            1022, 271, 198, 277, 444, 220, 16, 22, 364, 220, 17, 20, 30, 1023, 198,
            1022, 263, 198, 22, 10, 20, 28, 16, 17, 11, 220, 16, 10, 17, 10, 16, 28, 19, 11, 415, 220, 19, 17, 1023,
        ];
        Assert.Equal(expected, Tokenizer.Encode(Text));
    }

    [Fact]
    public void ChatFormat_teaches_exactly_the_answers()
    {
        var conversation = new Conversation("Answer briefly.", [new("7+5=", "7+5=12, so 12"), new("Hi", "Hello!")]);
        var lesson = ChatFormat.Encode(conversation, Tokenizer);
        var learnt = lesson.Ids.Where((_, index) => lesson.IsLearnt[index]);
        var end = Tokenizer.SpecialId(BpeTokenizer.MessageEnd);
        Assert.Equal([.. Tokenizer.Encode("7+5=12, so 12"), end, .. Tokenizer.Encode("Hello!"), end], learnt);
    }
}
