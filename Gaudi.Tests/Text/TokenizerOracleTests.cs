using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CsCheck;
using Gaudi.Actors.Text;
using Microsoft.ML.Tokenizers;
using Xunit;
using Tokenizer = Gaudi.Actors.Text.Tokenizer;

namespace Gaudi.Tests.Text;

/// <summary>Byte-level BPE agrees with Microsoft.ML.Tokenizers on random texts.</summary>
public sealed class TokenizerOracleTests
{
    private const string Words = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    [Fact]
    public void Encode_agrees_with_another_byte_level_engine()
    {
        var json = JsonNode.Parse(GoldenFiles.Read("gpt.tokenizer.json"))!.AsObject();
        json["normalizer"] = null;
        json["added_tokens"] = new JsonArray();
        json["pre_tokenizer"]!["add_prefix_space"] = false;
        var ours = Tokenizer.Parse(json.ToJsonString());
        var theirs = BpeTokenizer.Create(new BpeOptions(
            json["model"]!["vocab"]!.AsObject().Select(item => KeyValuePair.Create(item.Key, (int)item.Value!)))
        {
            ByteLevel = true,
            Merges = json["model"]!["merges"]!.AsArray().Select(pair => $"{pair![0]} {pair[1]}"),
            PreTokenizer = new RegexPreTokenizer(new Regex(Words), null),
        });

        // The other engine matches surrogates one by one, so texts beyond U+FFFF are left to the goldens.
        RandomText.Nasty.Where(text => !text.Any(char.IsSurrogate)).Sample(
            text => Assert.Equal(theirs.EncodeToIds(text), ours.Encode(text, addSpecialTokens: false)), iter: 2000);
    }
}
