using Gaudi.Actors.Constraints;
using Gaudi.Tests.Cluster.EndToEnd;
using Xunit;

namespace Gaudi.Tests.Actors.Constraints;

/// <summary>Expressions: what they allow, what is refused by name, and that .NET's own engine agrees.</summary>
public sealed class RegexFormTests
{
    [Theory]
    [InlineData("abc", "abc", true)]
    [InlineData("abc", "ab", false)]
    [InlineData("abc", "abcd", false)]
    [InlineData("a|bc|", "", true)]
    [InlineData("a|bc|", "bc", true)]
    [InlineData("a|bc|", "b", false)]
    [InlineData("(?:ab)+", "ababab", true)]
    [InlineData("(?<name>ab)?c", "c", true)]
    [InlineData("a{2}", "aa", true)]
    [InlineData("a{2}", "aaa", false)]
    [InlineData("a{2,}", "aaaaa", true)]
    [InlineData("a{0,2}?b", "aab", true)]
    [InlineData("a{0,2}b", "aaab", false)]
    [InlineData("^a$", "a", true)]
    [InlineData("[^a-c]", "d", true)]
    [InlineData("[^a-c]", "b", false)]
    [InlineData(@"[\]\-x]", "-", true)]
    [InlineData("[a-]", "-", true)]
    [InlineData(@"\d\w\s", "5_ ", true)]
    [InlineData(@"\D\W\S", "x-y", true)]
    [InlineData(@"\D", "5", false)]
    [InlineData(@"\u00e9\x41\t", "éA\t", true)]
    [InlineData(@"\ud83d\ude00", "😀", true)]
    [InlineData(@"\u{1F600}", "😀", true)]
    [InlineData(".", "é", true)]
    [InlineData(".", "😀", true)]
    [InlineData(".", "\n", false)]
    [InlineData("[α-ω]{2}", "λω", true)]
    [InlineData("[α-ω]", "a", false)]
    [InlineData(@"\.\*\(\)\[\]\{\}\\\/", @".*()[]{}\/", true)]
    [InlineData("(a|(b|c)*d)+", "abcbdaa", true)]
    [InlineData("(a*)*", "aaa", true)]
    public void Expression_allows_exactly_its_texts(string expression, string text, bool isAllowed) =>
        Assert.Equal(isAllowed, Forms.Accepts(Forms.Regex(expression), text));

    [Theory]
    [InlineData("(?=a)", "looks ahead")]
    [InlineData("(?<!a)b", "looks ahead or behind")]
    [InlineData(@"(a)\1", "back-reference")]
    [InlineData(@"\bword\b", @"`\b`")]
    [InlineData(@"\p{L}", "Unicode class")]
    [InlineData("(?i)a", "group of an unknown kind")]
    [InlineData("a^b", "^ in the middle")]
    [InlineData("(a$)b", "$ in the middle")]
    [InlineData("(a", "does not end")]
    [InlineData("a)", "`)` too many")]
    [InlineData("*a", "behind nothing")]
    [InlineData("[z-a]", "range")]
    [InlineData("[a", "ends too early")]
    [InlineData("a{3,2}", "from 3 to 2")]
    [InlineData("a{x}", "`{`")]
    [InlineData("a++", "possessive")]
    [InlineData("a{2}{3}", "repeats a repetition")]
    [InlineData(@"\q", @"`\q`")]
    [InlineData("[[:alpha:]]", "named class")]
    [InlineData(@"\ud83d", "surrogate")]
    [InlineData("(a{1000}){1000}", "too large")]
    [InlineData("[^\\u0000-\\u{10ffff}]", "no text at all")]
    public void What_is_not_supported_is_refused_by_name(string expression, string words) =>
        Assert.Contains(words, Forms.Refusal(Forms.Regex(expression)), StringComparison.Ordinal);

    [Fact]
    public void Every_text_drawn_is_one_that_the_frameworks_engine_matches_and_every_other_is_not()
    {
        var random = new Random(8);
        string[] pieces = ["a", "b", "[ab]", "[^a]", ".", "(ab|c)", "c?", "(a|)", @"\d", "x{1,3}", "é", "(b*c)+", "[0-9a-c]"];
        for (var round = 0; round < 400; round++)
        {
            var expression = string.Concat(Enumerable.Range(0, 1 + random.Next(4)).Select(_ =>
                $"({pieces[random.Next(pieces.Length)]})" + (random.Next(5) == 0 ? "*" : "")));
            if (Forms.Draw(Forms.OverTokens(Forms.Regex(expression)), random, 60) is { } drawn)
                Assert.True(FormSample.IsMatch(expression, drawn), $"round {round}: {expression} gave {drawn}");
            for (var i = 0; i < 20; i++)
            {
                var text = string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => "abcx5é"[random.Next(6)]));
                Assert.True(
                    FormSample.IsMatch(expression, text) == Forms.Accepts(Forms.Regex(expression), text), $"round {round}: {expression} and {text}");
            }
        }
    }
}
