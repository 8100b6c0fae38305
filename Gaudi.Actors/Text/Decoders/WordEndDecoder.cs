namespace Gaudi.Actors.Text.Decoders;

/// <summary>
/// Turns the end-of-word mark into a space, and drops it in the last token; so one token is held back.
/// </summary>
internal sealed class WordEndDecoder(string suffix) : IDecoder
{
    /// <inheritdoc/>
    public bool JoinsTokens => false;

    /// <inheritdoc/>
    public ITokenSink Open(ITokenSink next) => new Sink(next, suffix);

    /// <inheritdoc/>
    public TokenContent Inside(TokenContent token) => token.Map(text => Replace(text, suffix, " "));

    private static string Replace(string text, string suffix, string by) =>
        suffix.Length == 0 ? text : text.Replace(suffix, by, StringComparison.Ordinal);

    private sealed class Sink(ITokenSink next, string suffix) : WholeTokenSink(next)
    {
        private string? _held;

        public override void Finish()
        {
            if (_held is not null)
            {
                Pass(Replace(_held, suffix, ""));
            }

            Next.Finish();
        }

        protected override void Take(string token)
        {
            if (_held is not null)
            {
                Pass(Replace(_held, suffix, " "));
            }

            _held = token;
        }
    }
}
