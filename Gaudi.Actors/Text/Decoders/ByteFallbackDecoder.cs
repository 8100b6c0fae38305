using System.Text;
using Gaudi.Actors.Text.Models;

namespace Gaudi.Actors.Text.Decoders;

/// <summary>
/// Reads runs of byte tokens as UTF-8. A run that is not UTF-8 as a whole becomes one U+FFFD for each byte, so a run is
/// held back until another token ends it.
/// </summary>
internal sealed class ByteFallbackDecoder : IDecoder
{
    /// <inheritdoc/>
    public bool JoinsTokens => false;

    /// <inheritdoc/>
    public ITokenSink Open(ITokenSink next) => new Sink(next);

    /// <inheritdoc/>
    public TokenContent Inside(TokenContent token) =>
        token.Text is not null && ByteTokens.Read(token.Text) is { } value ? TokenContent.OfBytes(value) : token;

    private sealed class Sink(ITokenSink next) : WholeTokenSink(next)
    {
        private readonly List<byte> _run = [];

        public override void Finish()
        {
            EndRun();
            Next.Finish();
        }

        protected override void Take(string token)
        {
            if (ByteTokens.Read(token) is { } value)
            {
                _run.Add(value);
                return;
            }

            EndRun();
            Pass(token);
        }

        private void EndRun()
        {
            if (_run.Count == 0)
            {
                return;
            }

            var bytes = _run.ToArray();
            _run.Clear();
            if (System.Text.Unicode.Utf8.IsValid(bytes))
            {
                Pass(Encoding.UTF8.GetString(bytes));
                return;
            }

            foreach (var _ in bytes)
            {
                Pass("\uFFFD");
            }
        }
    }
}
