using CsCheck;
using Gaudi.Actors.Text;
using Xunit;

namespace Gaudi.Tests.Text;

/// <summary>A broken tokenizer.json is refused with a message that names the place and what was expected.</summary>
public sealed class TokenizerFormatTests
{
    private const string Model = """ "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []} """;

    [Theory]
    [InlineData("not json", "tokenizer.json", "JSON")]
    [InlineData("[]", "tokenizer.json", "an object")]
    [InlineData("{}", "tokenizer.json.model", "an object")]
    [InlineData("""{"model": {"type": "Other"}}""", "model.type: \"Other\"", "BPE, WordPiece, Unigram")]
    [InlineData(
        """{"normalizer": {"type": "Nmt"}, """ + Model + "}", "normalizer.type: \"Nmt\"",
        "NFC, NFD, NFKC, NFKD, Prepend")]
    [InlineData("""{"pre_tokenizer": {"type": "X"}, """ + Model + "}", "pre_tokenizer.type", "Metaspace, Whitespace")]
    [InlineData(
        """{"post_processor": {"type": "X"}, """ + Model + "}", "post_processor.type", "TemplateProcessing, ByteLevel")]
    [InlineData("""{"decoder": {"type": "CTC"}, """ + Model + "}", "decoder.type: \"CTC\"", "ByteLevel, ByteFallback")]
    [InlineData(
        """{"decoder": {"type": "Sequence", "decoders": [{"type": "Fuse"}, {}]}, """ + Model + "}", "decoders[1].type",
        "a string")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": "x"}, "merges": []}}""", "model.vocab.a", "whole number")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}""", "model.vocab.a", "zero or more")]
    [InlineData(
        """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}}""", "merges[0]", "\"b\" is not there")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}}""", "merges[0]", "one space")]
    [InlineData(
        """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "dropout": 0.1}}""", "model.dropout", "random")]
    [InlineData(
        """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "unk_token": "u"}}""", "unk_token",
        "stands in `vocab`")]
    [InlineData("""{"model": {"type": "WordPiece", "vocab": {"a": 0}}}""", "model.unk_token", "stands in `vocab`")]
    [InlineData("""{"model": {"type": "Unigram", "vocab": [], "unk_id": 0}}""", "model.vocab", "at least one")]
    [InlineData("""{"model": {"type": "Unigram", "vocab": [["a", 0]], "unk_id": 3}}""", "model.unk_id", "below 1")]
    [InlineData("""{"added_tokens": [{"id": 1}], """ + Model + "}", "added_tokens[0].content", "a string")]
    [InlineData(
        """{"post_processor": {"type": "TemplateProcessing", "single": []}, """ + Model + "}", "single", "sequence A")]
    [InlineData(
        """{"normalizer": {"type": "Precompiled", "precompiled_charsmap": "!!"}, """ + Model + "}",
        "precompiled_charsmap", "base64")]
    public void Parse_names_the_place_and_what_was_expected(string json, string place, string expected)
    {
        var error = Assert.Throws<TokenizerFormatException>(() => Tokenizer.Parse(json));
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_of_a_damaged_file_throws_nothing_but_its_own_error()
    {
        var files = GoldenFiles.Names(".tokenizer.json").Select(name => GoldenFiles.Read(name + ".tokenizer.json"))
            .ToArray();
        Gen.Select(
            Gen.Int[0, files.Length - 1], Gen.Int[0, 100_000],
            Gen.OneOf(Gen.Const("null"), Gen.Const("-7"), Gen.Const("[]"),
            Gen.Const("{}"), Gen.Const("\"\""), Gen.Const("99999"), Gen.Const("true"))).Sample((file, place, value) =>
        {
            var json = files[file];
            var starts = Enumerable.Range(1, json.Length - 2)
                .Where(at => json[at - 1] == ':' && json[at] is not ('{' or '[')).ToArray();
            var start = starts[place % starts.Length];
            var end = json.IndexOfAny([',', '}', ']'], start);
            try
            {
                Tokenizer.Parse(json[..start] + value + json[end..]).Encode("the [MASK] é你", addSpecialTokens: true);
            }
            catch (TokenizerFormatException)
            {
            }
        }, iter: 300);
    }
}
