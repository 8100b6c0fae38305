using System.Text.Json;
using Gaudi.Actors.Text;
using Gaudi.Cluster.Http;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>bad_words are tokenised with and without a leading space. Rules: reference 4.5, both forms always.</summary>
public sealed class BadWordsFieldTests
{
    // "ab" is one token at the start of a text and another behind a space; "a" and "b" have no token with a space.
    private static readonly Tokenizer Tokenizer = Tokenizer.Parse("""
        {"version":"1.0","added_tokens":[],"normalizer":null,"post_processor":null,
         "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},
         "decoder":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},
         "model":{"type":"BPE","vocab":{"\u0120":0,"a":1,"b":2,"ab":3,"\u0120ab":4},"merges":["a b","\u0120 ab"]}}
        """);

    [Theory]
    [InlineData("""["ab"]""", "3|4")]
    [InlineData("""["  ab"]""", "3|4")]
    [InlineData("""["a"]""", "1|0 1")]
    [InlineData("""["b","abab"]""", "2|0 2|3 3|4 3")]
    [InlineData("""["ab a"]""", "3 0 1|4 0 1")]
    [InlineData("""[]""", "")]
    [InlineData("null", "")]
    public void Word_is_banned_at_the_start_and_behind_a_space(string words, string expected)
    {
        var fields = RequestFields.Of(JsonElement.Parse($"{{\"bad_words\":{words}}}"));
        var read = BadWordsField.Read(fields, Tokenizer, new HttpServerSettings("", 0));
        Assert.Equal(expected, string.Join('|', read.Select(word => string.Join(' ', word))));
    }
}
