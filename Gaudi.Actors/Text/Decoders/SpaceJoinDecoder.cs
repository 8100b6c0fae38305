namespace Gaudi.Actors.Text.Decoders;

/// <summary>What a file without decoder means: tokens with a space between.</summary>
internal sealed class SpaceJoinDecoder : IDecoder
{
    /// <inheritdoc/>
    public bool JoinsTokens => false;

    /// <inheritdoc/>
    public ITokenSink Open(ITokenSink next) => new Sink(next);

    /// <inheritdoc/>
    public TokenContent Inside(TokenContent token) => token.Map(text => " " + text);

    private sealed class Sink(ITokenSink next) : WholeTokenSink(next)
    {
        private bool _isFirst = true;

        protected override void Take(string token)
        {
            Pass(_isFirst ? token : " " + token);
            _isFirst = false;
        }
    }
}
