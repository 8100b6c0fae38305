using System.Text;

namespace Gaudi.Actors.Text.Decoders;

/// <summary>Reads printable characters back to bytes and the bytes of all tokens together as UTF-8.</summary>
internal sealed class ByteLevelDecoder : IDecoder
{
    /// <inheritdoc/>
    public bool JoinsTokens => true;

    /// <inheritdoc/>
    public ITokenSink Open(ITokenSink next) => new Sink(next);

    /// <inheritdoc/>
    public TokenContent Inside(TokenContent token) =>
        token.Text is null ? token : TokenContent.OfBytes(ByteAlphabet.Read(token.Text));

    private sealed class Sink(ITokenSink next) : WholeTokenSink(next)
    {
        // Keeps an incomplete character back until its last byte has come.
        private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();

        public override void Finish()
        {
            Read([], isLast: true);
            Next.EndToken();
            Next.Finish();
        }

        protected override void Take(string token) => Read(ByteAlphabet.Read(token), isLast: false);

        private void Read(byte[] bytes, bool isLast)
        {
            var characters = new char[_utf8.GetCharCount(bytes, 0, bytes.Length, isLast)];
            var count = _utf8.GetChars(bytes, 0, bytes.Length, characters, 0, isLast);
            if (count > 0)
            {
                Next.Write(new string(characters, 0, count));
            }
        }
    }
}
