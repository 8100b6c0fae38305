using System.Text;

namespace Gaudi.Actors.Text.Models;

/// <summary>
/// The cut of highest probability, found by Viterbi; an unknown character costs ten more than the rarest piece.
/// </summary>
/// <remarks>Source: Kudo 2018; the penalty of ten is SentencePiece's.</remarks>
internal sealed class UnigramModel : IModel
{
    private const double UnknownPenalty = 10.0;
    private readonly Dictionary<string, int> _vocabulary = [];
    private readonly double[] _scores;
    private readonly PieceTrie _trie = new();
    private readonly int? _unknownId;
    private readonly double _unknownScore;
    private readonly int?[]? _byteIds;

    private UnigramModel(IReadOnlyList<(string Piece, double Score)> pieces, int? unknownId, bool hasByteFallback)
    {
        _scores = [.. pieces.Select(piece => piece.Score)];
        for (var id = 0; id < pieces.Count; id++)
        {
            _vocabulary[pieces[id].Piece] = id;
        }

        foreach (var (piece, id) in _vocabulary)
        {
            _trie.Add(piece, id);
        }

        _unknownId = unknownId;
        _unknownScore = _scores.Min() - UnknownPenalty;
        _byteIds = hasByteFallback ? ByteTokens.Ids(_vocabulary) : null;
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, int> Vocabulary => _vocabulary;

    /// <summary>Reads a `Unigram` section.</summary>
    public static UnigramModel Read(JsonSection section)
    {
        var pieces = new List<(string Piece, double Score)>();
        foreach (var item in section["vocab"].Items())
        {
            var parts = item.Items().ToArray();
            pieces.Add(parts.Length == 2 ? (parts[0].Text(), parts[1].Real()) : throw item.Wrong("[piece, score]"));
        }

        if (pieces.Count == 0)
        {
            throw section["vocab"].Wrong("at least one piece");
        }

        int? unknownId = section["unk_id"].IsNull ? null : section["unk_id"].TokenId();
        if (unknownId >= pieces.Count)
        {
            throw section["unk_id"].Wrong($"an id below {pieces.Count}");
        }

        return new UnigramModel(pieces, unknownId, section["byte_fallback"].Flag(absent: false));
    }

    /// <inheritdoc/>
    /// <exception cref="TokenizerFormatException">A character is unknown and the file names no `unk_id`.</exception>
    public void Encode(string text, List<int> ids)
    {
        var cuts = BestCuts(text);
        for (var index = 0; index < cuts.Count; index++)
        {
            var (start, end, id) = cuts[index];
            if (id != _unknownId)
            {
                ids.Add(id);
                continue;
            }

            // Unknown characters in a row are one unknown stretch.
            while (index + 1 < cuts.Count && cuts[index + 1].Id == _unknownId)
            {
                end = cuts[++index].End;
            }

            AppendUnknown(text[start..end], ids);
        }
    }

    private void AppendUnknown(string text, List<int> ids)
    {
        if (_vocabulary.TryGetValue(text, out var known))
        {
            ids.Add(known);
            return;
        }

        var utf8 = Encoding.UTF8.GetBytes(text);
        if (_byteIds is not null && Array.TrueForAll(utf8, value => _byteIds[value] is not null))
        {
            ids.AddRange(utf8.Select(value => _byteIds[value]!.Value));
        }
        else
        {
            ids.Add(_unknownId!.Value);
        }
    }

    private List<(int Start, int End, int Id)> BestCuts(string text)
    {
        var best = new (double Score, int Start, int Id)[text.Length + 1];
        Array.Fill(best, (0.0, -1, -1));
        for (int start = 0, length; start < text.Length; start += length)
        {
            length = char.IsHighSurrogate(text[start]) && start + 1 < text.Length ? 2 : 1;
            var scoreSoFar = best[start].Score;
            var hasSingle = false;
            foreach (var (pieceLength, id) in _trie.PrefixesOf(text, start))
            {
                Offer(start + pieceLength, scoreSoFar + _scores[id], start, id);
                hasSingle |= pieceLength == length;
            }

            if (!hasSingle)
            {
                var unknown = _unknownId ?? throw new TokenizerFormatException(
                    $"model.unk_id: expected an id for the unknown character in \"{text[start..(start + length)]}\", "
                    + "got none. Add an unknown piece and name it.");
                Offer(start + length, scoreSoFar + _unknownScore, start, unknown);
            }
        }

        var cuts = new List<(int Start, int End, int Id)>();
        for (var end = text.Length; end > 0; end = best[end].Start)
        {
            cuts.Add((best[end].Start, end, best[end].Id));
        }

        cuts.Reverse();
        return cuts;

        void Offer(int end, double score, int start, int id)
        {
            if (best[end].Start < 0 || score > best[end].Score)
            {
                best[end] = (score, start, id);
            }
        }
    }
}
