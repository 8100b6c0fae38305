using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using Gaudi.Actors.Text.Decoders;
using Gaudi.Actors.Text.Models;
using Gaudi.Actors.Text.Normalizers;
using Gaudi.Actors.Text.PostProcessors;
using Gaudi.Actors.Text.PreTokenizers;

namespace Gaudi.Actors.Text;

/// <summary>
/// The text-to-ids pipeline of a tokenizer.json: added tokens, normalizer, pre-tokenizer, model, post-processor,
/// decoder.
/// Immutable as seen from outside; every method may be called from many threads at once.
/// </summary>
public sealed class Tokenizer
{
    private readonly AddedTokenSplitter _rawTokens;
    private readonly AddedTokenSplitter _normalizedTokens;
    private readonly INormalizer _normalizer;
    private readonly IPreTokenizer _preTokenizer;
    private readonly IModel _model;
    private readonly SpecialTokenTemplate _template;
    private readonly IDecoder _decoder;
    private readonly FrozenDictionary<string, int> _ids;
    private readonly string?[] _tokens;
    private readonly FrozenSet<int> _specialIds;

    internal Tokenizer(TokenizerParts parts)
    {
        _normalizer = parts.Normalizer;
        _preTokenizer = parts.PreTokenizer;
        _model = parts.Model;
        _template = parts.Template;
        _decoder = parts.Decoder;
        BosToken = parts.BosToken;
        EosToken = parts.EosToken;
        _rawTokens = new AddedTokenSplitter(
            parts.AddedTokens.Where(token => !token.IsNormalized).Select(token => (token.Content, token)));
        _normalizedTokens = new AddedTokenSplitter(
            parts.AddedTokens.Where(token => token.IsNormalized)
                .Select(token => (_normalizer.Normalize(token.Content), token)));

        var ids = new Dictionary<string, int>(_model.Vocabulary);
        foreach (var token in parts.AddedTokens)
        {
            ids[token.Content] = token.Id;
        }

        VocabularySize = ids.Values.Append(-1).Max() + 1;
        _tokens = new string?[VocabularySize];
        foreach (var (token, id) in ids)
        {
            _tokens[id] = token;
        }

        foreach (var token in parts.AddedTokens)
        {
            _tokens[token.Id] = token.Content;
        }

        _ids = ids.ToFrozenDictionary();
        _specialIds = parts.AddedTokens.Where(token => token.IsSpecial).Select(token => token.Id).ToFrozenSet();
    }

    /// <summary>One more than the largest token id; ids in gaps below it decode to nothing.</summary>
    public int VocabularySize { get; }

    /// <summary>
    /// The beginning-of-text token named by tokenizer_config.json or special_tokens_map.json, if any.
    /// </summary>
    public string? BosToken { get; }

    /// <summary>The end-of-text token named by tokenizer_config.json or special_tokens_map.json, if any.</summary>
    public string? EosToken { get; }

    /// <summary>
    /// Reads tokenizer.json of a model folder, and the names of its special tokens where the folder has them.
    /// </summary>
    /// <exception cref="TokenizerFormatException">A file is missing or broken; the message names the place.</exception>
    public static Tokenizer Load(string modelFolder) => new(TokenizerReader.Load(modelFolder));

    /// <summary>Reads the text of a tokenizer.json.</summary>
    /// <exception cref="TokenizerFormatException">The text is broken; the message names the place.</exception>
    public static Tokenizer Parse(string tokenizerJson) =>
        new(TokenizerReader.Parse(tokenizerJson, bosToken: null, eosToken: null));

    /// <summary>The ids of a text. Special tokens written in the text are recognised as such.</summary>
    /// <param name="text">Any text; a lone surrogate counts as U+FFFD.</param>
    /// <param name="addSpecialTokens">Adds what the post-processor puts around a text, such as a beginning
    /// token.</param>
    /// <exception cref="TokenizerFormatException">
    /// A Unigram file names no unknown piece and the text has a character it does not know.
    /// </exception>
    public ImmutableArray<int> Encode(string text, bool addSpecialTokens)
    {
        var ids = new List<int>(text.Length / 3 + 8);
        if (addSpecialTokens)
        {
            ids.AddRange(_template.Before);
        }

        foreach (var piece in Pieces(WellFormed(text)))
        {
            if (piece.TokenId is { } id)
            {
                ids.Add(id);
            }
            else if (piece.Text.Length > 0)
            {
                _model.Encode(piece.Text, ids);
            }
        }

        if (addSpecialTokens)
        {
            ids.AddRange(_template.After);
        }

        return [.. ids];
    }

    /// <summary>The text of the ids; bytes that are no UTF-8 become U+FFFD, unknown ids nothing.</summary>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens)
    {
        var text = new TextSink();
        var chain = _decoder.Open(text);
        foreach (var id in ids)
        {
            Feed(chain, id, skipSpecialTokens);
        }

        chain.Finish();
        return text.Take();
    }

    /// <summary>The text one token adds in the middle of a text; part of a character reads as U+FFFD.</summary>
    public string TokenText(int id) => Encoding.UTF8.GetString(TokenBytes(id).Span);

    /// <summary>The bytes one token adds in the middle of a text; empty for an unknown id.</summary>
    public ReadOnlyMemory<byte> TokenBytes(int id) => TokenOf(id) is { } token
        ? _decoder.Inside(TokenContent.OfText(token)).ToBytes()
        : ReadOnlyMemory<byte>.Empty;

    /// <summary>True for a special token, which decoding can leave out.</summary>
    public bool IsSpecial(int id) => _specialIds.Contains(id);

    /// <summary>The id of a token exactly as the vocabulary writes it, or null.</summary>
    public int? IdOf(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    /// <summary>A decoding chain that ends in <paramref name="text"/>.</summary>
    internal ITokenSink OpenDecoder(TextSink text) => _decoder.Open(text);

    /// <summary>Sends one id into a decoding chain.</summary>
    internal void Feed(ITokenSink chain, int id, bool skipSpecialTokens)
    {
        if (TokenOf(id) is { } token && !(skipSpecialTokens && IsSpecial(id)))
        {
            chain.Write(token);
            chain.EndToken();
        }
    }

    /// <summary>A token exactly as the vocabulary writes it, or null for an unknown id.</summary>
    public string? TokenOf(int id) => id >= 0 && id < _tokens.Length ? _tokens[id] : null;

    private List<Piece> Pieces(string text)
    {
        var raw = new List<Piece>();
        _rawTokens.Split(new Piece(text, null, IsAtStart: true), raw);
        var normalized = new List<Piece>();
        foreach (var piece in raw)
        {
            if (piece.TokenId is null)
            {
                _normalizedTokens.Split(piece with { Text = _normalizer.Normalize(piece.Text) }, normalized);
            }
            else
            {
                normalized.Add(piece);
            }
        }

        var pieces = new List<Piece>();
        foreach (var piece in normalized)
        {
            if (piece.TokenId is null)
            {
                _preTokenizer.Split(piece, pieces);
            }
            else
            {
                pieces.Add(piece);
            }
        }

        return pieces;
    }

    private static string WellFormed(string text) =>
        text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')
            ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text))
            : text;
}
