namespace Gaudi.Actors.Text.Decoders;

/// <summary>
/// Turns the visible space back into a space; in the first token it is dropped if the scheme had added it.
/// </summary>
internal sealed class MetaspaceDecoder(char replacement, PrefixScheme scheme) : IDecoder
{
    /// <inheritdoc/>
    public bool JoinsTokens => false;

    /// <inheritdoc/>
    public ITokenSink Open(ITokenSink next) => new Sink(next, replacement, scheme != PrefixScheme.Never);

    /// <inheritdoc/>
    public TokenContent Inside(TokenContent token) => token.Map(text => text.Replace(replacement, ' '));

    private sealed class Sink(ITokenSink next, char replacement, bool dropsInFirst) : ITokenSink
    {
        private bool _isDropping = dropsInFirst;

        public void Write(string text) => next.Write(
            _isDropping
                ? text.Replace(replacement.ToString(), "", StringComparison.Ordinal)
                : text.Replace(replacement, ' '));

        public void EndToken()
        {
            _isDropping = false;
            next.EndToken();
        }

        public void Finish() => next.Finish();
    }
}
