namespace Gaudi.Actors.Text.Decoders;

/// <summary>Removes up to so many of one character from the start and the end of each token.</summary>
internal sealed class StripDecoder(char content, int startCountMax, int stopCountMax) : IDecoder
{
    /// <inheritdoc/>
    public bool JoinsTokens => false;

    /// <inheritdoc/>
    public ITokenSink Open(ITokenSink next) => new Sink(next, content, startCountMax, stopCountMax);

    /// <inheritdoc/>
    public TokenContent Inside(TokenContent token) => token.Map(text =>
    {
        var start = Math.Min(startCountMax, text.Length - text.AsSpan().TrimStart(content).Length);
        text = text[start..];
        return text[..^Math.Min(stopCountMax, text.Length - text.AsSpan().TrimEnd(content).Length)];
    });

    private sealed class Sink(ITokenSink next, char content, int startCountMax, int stopCountMax) : ITokenSink
    {
        private readonly int _startCountMax = startCountMax;
        private int _startCount = startCountMax;
        private int _heldCount;

        public void Write(string text)
        {
            var start = 0;
            while (start < text.Length && _startCount > 0 && text[start] == content)
            {
                start++;
                _startCount--;
            }

            if (start == text.Length)
            {
                return;
            }

            _startCount = 0;
            if (stopCountMax == 0)
            {
                next.Write(text[start..]);
                return;
            }

            // Trailing characters that the end of the token would remove wait until more text or the end comes.
            var all = new string(content, _heldCount) + text[start..];
            _heldCount = Math.Min(stopCountMax, all.Length - all.AsSpan().TrimEnd(content).Length);
            next.Write(all[..^_heldCount]);
        }

        public void EndToken()
        {
            _startCount = _startCountMax;
            _heldCount = 0;
            next.EndToken();
        }

        public void Finish() => next.Finish();
    }
}
