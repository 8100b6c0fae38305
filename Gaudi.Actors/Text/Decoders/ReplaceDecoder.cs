namespace Gaudi.Actors.Text.Decoders;

/// <summary>Replaces every match of a pattern in each token by fixed text.</summary>
internal sealed class ReplaceDecoder(TextPattern pattern, string content) : IDecoder
{
    /// <inheritdoc/>
    public bool JoinsTokens => false;

    /// <inheritdoc/>
    public ITokenSink Open(ITokenSink next) =>
        pattern.LiteralText is { Length: 1 } ? new PartSink(next, pattern, content)
            : new TokenSink(next, pattern, content);

    /// <inheritdoc/>
    public TokenContent Inside(TokenContent token) => token.Map(text => pattern.Replace(text, content));

    /// <summary>One character is found in any part on its own, so nothing is held back.</summary>
    private sealed class PartSink(ITokenSink next, TextPattern pattern, string content) : ITokenSink
    {
        public void Write(string text) => next.Write(pattern.Replace(text, content));

        public void EndToken() => next.EndToken();

        public void Finish() => next.Finish();
    }

    private sealed class TokenSink(ITokenSink next, TextPattern pattern, string content) : WholeTokenSink(next)
    {
        protected override void Take(string token) => Pass(pattern.Replace(token, content));
    }
}
