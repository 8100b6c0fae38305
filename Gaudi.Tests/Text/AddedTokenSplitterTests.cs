using Gaudi.Actors.Text;
using Xunit;

namespace Gaudi.Tests.Text;

public sealed class AddedTokenSplitterTests
{
    [Theory]
    [InlineData("a <l> b", "a|<l>| b")]
    [InlineData("a  <r>  b", "a  |<r>|b")]
    [InlineData("<l><r>", "<l>|<r>")]
    [InlineData("<r> <l>", "<r>|<l>")]
    [InlineData("word words word.", "word| words |word|.")]
    [InlineData("swordword", "swordword")]
    [InlineData("<ab><a>", "<ab>|<a>")]
    [InlineData("<a", "<a")]
    [InlineData("", "")]
    public void Split_cuts_at_added_tokens(string text, string expected)
    {
        var splitter = new AddedTokenSplitter(
        [
            Token("<l>", stripsLeft: true), Token("<r>", stripsRight: true), Token("word", isSingleWord: true),
            Token("<ab>"), Token("<a>"), Token("<"[..0]),
        ]);
        var pieces = new List<Piece>();
        splitter.Split(new Piece(text, null, IsAtStart: true), pieces);
        Assert.Equal(
            expected, string.Join('|', pieces.Select(piece => piece.TokenId is null ? piece.Text : piece.Text.Trim())));
    }

    [Fact]
    public void Split_prefers_the_longest_token_at_a_place()
    {
        var splitter = new AddedTokenSplitter([("<a>", Of("<a>", 1)), ("<a><b>", Of("<a><b>", 2))]);
        var pieces = new List<Piece>();
        splitter.Split(new Piece("<a><b><a>", null, IsAtStart: true), pieces);
        Assert.Equal([2, 1], pieces.Select(piece => piece.TokenId));
    }

    [Fact]
    public void A_normalized_token_is_found_in_the_normalized_text_and_a_raw_one_in_the_text_as_given()
    {
        var tokenizer = TokenizerJson.OfWords(["x", "Norm", "<RAW>"], """
            , "normalizer": {"type": "Lowercase"},
              "added_tokens": [{"id": 2, "content": "Norm", "normalized": true},
                               {"id": 3, "content": "<RAW>", "normalized": false}]
            """);
        Assert.Equal([2, 3, 1, 0], tokenizer.Encode("NORM<RAW>X<raw>", addSpecialTokens: false).ToArray());
    }

    private static (string Pattern, AddedToken Token) Token(
        string text, bool stripsLeft = false, bool stripsRight = false, bool isSingleWord = false) =>
        (text, new AddedToken(7, text, false, isSingleWord, stripsLeft, stripsRight, false));

    private static AddedToken Of(string text, int id) => new(id, text, false, false, false, false, false);
}
