namespace Gaudi.Actors.Text.Decoders;

/// <summary>
/// Puts a space before every token that does not continue a word, and tidies English punctuation if asked.
/// </summary>
internal sealed class WordPieceDecoder(string continuingPrefix, bool cleansUp) : IDecoder
{
    // In the order the reference applies them.
    private static readonly (string From, string To)[] Tidying =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    /// <inheritdoc/>
    public bool JoinsTokens => false;

    /// <inheritdoc/>
    public ITokenSink Open(ITokenSink next) => new Sink(next, this);

    /// <inheritdoc/>
    public TokenContent Inside(TokenContent token) => token.Map(text => Spaced(text, isFirst: false));

    private string Spaced(string token, bool isFirst)
    {
        var text = isFirst ? token
            : token.StartsWith(continuingPrefix, StringComparison.Ordinal) ? token[continuingPrefix.Length..]
            : " " + token;
        return cleansUp
            ? Tidying.Aggregate(text, (tidy, rule) => tidy.Replace(rule.From, rule.To, StringComparison.Ordinal))
            : text;
    }

    private sealed class Sink(ITokenSink next, WordPieceDecoder decoder) : WholeTokenSink(next)
    {
        private bool _isFirst = true;

        protected override void Take(string token)
        {
            Pass(decoder.Spaced(token, _isFirst));
            _isFirst = false;
        }
    }
}
