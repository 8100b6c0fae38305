namespace Gaudi.Actors.Text.Decoders;

/// <summary>Makes one token of all.</summary>
internal sealed class FuseDecoder : IDecoder
{
    /// <inheritdoc/>
    public bool JoinsTokens => true;

    /// <inheritdoc/>
    public ITokenSink Open(ITokenSink next) => new Sink(next);

    /// <inheritdoc/>
    public TokenContent Inside(TokenContent token) => token;

    private sealed class Sink(ITokenSink next) : ITokenSink
    {
        public void Write(string text) => next.Write(text);

        public void EndToken()
        {
        }

        public void Finish()
        {
            next.EndToken();
            next.Finish();
        }
    }
}
