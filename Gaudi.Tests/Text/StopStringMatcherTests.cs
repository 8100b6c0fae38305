using System.Collections.Immutable;
using CsCheck;
using Gaudi.Actors.Text;
using Xunit;

namespace Gaudi.Tests.Text;

public sealed class StopStringMatcherTests
{
    [Fact]
    public void Push_gives_the_same_result_however_the_text_is_cut()
    {
        var word = Gen.Char["ab<"].Array[0, 4].Select(characters => new string(characters));
        Gen.Select(word.Array[0, 3], word.Array[0, 8], Gen.Bool).Sample((stops, parts, includes) =>
        {
            var matcher = new StopStringMatcher([.. stops], includes);
            var emitted = "";
            string? matched = null;
            foreach (var part in parts)
            {
                var match = matcher.Push(part);
                Assert.True(matched is null || match is { Emit: "", MatchedStop: null }, "text after the stop");
                emitted += match.Emit;
                matched ??= match.MatchedStop;
            }

            emitted += matcher.Flush();
            Assert.Equal(Naive(string.Concat(parts), stops, includes), (emitted, matched));
        }, iter: 20_000);
    }

    [Theory]
    [InlineData(false, "Hello ")]
    [InlineData(true, "Hello </s>")]
    public void Push_emits_the_stop_string_only_when_asked(bool includes, string expected)
    {
        var matcher = new StopStringMatcher(["</s>"], includes);
        Assert.Equal(new StopMatch("Hello ", null), matcher.Push("Hello </"));
        Assert.Equal(new StopMatch(expected["Hello ".Length..], "</s>"), matcher.Push("s> and more"));
        Assert.Equal("", matcher.Flush());
    }

    [Fact]
    public void Flush_gives_back_what_only_looked_like_a_stop()
    {
        var matcher = new StopStringMatcher(["\n\nUser:"], includeInOutput: false);
        Assert.Equal(new StopMatch("x", null), matcher.Push("x\n\nUse"));
        Assert.Equal("\n\nUse", matcher.Flush());
    }

    [Fact]
    public void Stop_string_may_begin_in_passed_text_but_not_end_there()
    {
        var matcher = new StopStringMatcher(["ab", "abab c"], includeInOutput: false);
        Assert.Equal(new StopMatch("", null), matcher.Pass("ab"));
        Assert.Equal(new StopMatch("", null), matcher.Pass("ab"));
        Assert.Equal(new StopMatch("ab", null), matcher.Push("a"));
        Assert.Equal(new StopMatch("ab", "ab"), matcher.Push("b"));
        Assert.Equal(new StopMatch("", null), matcher.Pass("x"));
    }

    [Fact]
    public void Push_passes_everything_when_there_is_no_stop()
    {
        var matcher = new StopStringMatcher(ImmutableArray<string>.Empty, includeInOutput: false);
        Assert.Equal(new StopMatch("abc", null), matcher.Push("abc"));
    }

    // Reads one character at a time and looks whether a stop has just ended.
    private static (string Emitted, string? Matched) Naive(string text, string[] stops, bool includes)
    {
        for (var end = 1; end <= text.Length; end++)
        {
            var ended = stops.Where(stop => stop.Length > 0 && text[..end].EndsWith(stop, StringComparison.Ordinal))
                .MaxBy(stop => stop.Length);
            if (ended is not null)
            {
                return (text[..(includes ? end : end - ended.Length)], ended);
            }
        }

        return (text, null);
    }
}
