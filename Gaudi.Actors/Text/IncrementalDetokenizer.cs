using Gaudi.Actors.Text.Decoders;

namespace Gaudi.Actors.Text;

/// <summary>
/// Turns ids into text as they come. All pushes and the flush together are exactly what
/// <see cref="Tokenizer.Decode"/> gives for the whole. One sequence each; not thread-safe.
/// </summary>
public sealed class IncrementalDetokenizer
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private readonly TextSink _text = new();
    private readonly ITokenSink _chain;
    private bool _isFlushed;

    /// <summary>Begins a sequence.</summary>
    public IncrementalDetokenizer(Tokenizer tokenizer, bool skipSpecialTokens)
    {
        _tokenizer = tokenizer;
        _skipSpecialTokens = skipSpecialTokens;
        _chain = tokenizer.OpenDecoder(_text);
    }

    /// <summary>The text that became final with this id; may be empty, never holds part of a character.</summary>
    /// <exception cref="InvalidOperationException">The sequence has been flushed.</exception>
    public string Push(int id)
    {
        if (_isFlushed)
        {
            throw new InvalidOperationException("an id came after Flush; begin a new detokenizer for a new sequence");
        }

        _tokenizer.Feed(_chain, id, _skipSpecialTokens);
        return _text.Take();
    }

    /// <summary>The rest of the text; an incomplete character becomes U+FFFD. A second flush gives nothing.</summary>
    public string Flush()
    {
        if (!_isFlushed)
        {
            _isFlushed = true;
            _chain.Finish();
        }

        return _text.Take();
    }
}
