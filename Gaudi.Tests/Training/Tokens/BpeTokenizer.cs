using System.Collections.Immutable;
using System.Text;

namespace Gaudi.Tests.Training.Tokens;

/// <summary>Encodes by rank of merges, special tokens first: a second opinion beside the product's engine.</summary>
public sealed class BpeTokenizer
{
    /// <summary>End of a document; begins nothing and pads nothing here, but every reader expects one.</summary>
    public const string EndOfText = "<|endoftext|>";

    /// <summary>Opens a message.</summary>
    public const string MessageStart = "<|im_start|>";

    /// <summary>Closes a message; the end-of-sequence token.</summary>
    public const string MessageEnd = "<|im_end|>";

    private readonly Dictionary<Merge, int> _ranks;
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int[]> _wordIds = [];

    /// <summary>The vocabulary is 256 byte symbols, then one symbol a merge, then the three special tokens.</summary>
    public BpeTokenizer(ImmutableArray<Merge> merges)
    {
        Merges = merges;
        Symbols =
        [
            .. ByteSymbols.Characters.Order().Select(symbol => symbol.ToString()),
            .. merges.Select(merge => merge.Left + merge.Right),
        ];
        _ranks = merges.Select((merge, rank) => (merge, rank)).ToDictionary(pair => pair.merge, pair => pair.rank);
        _ids = Symbols.Select((symbol, id) => (symbol, id)).ToDictionary(pair => pair.symbol, pair => pair.id);
    }

    /// <summary>Merges in order of rank.</summary>
    public ImmutableArray<Merge> Merges { get; }

    /// <summary>Symbols by id, special tokens left out.</summary>
    public ImmutableArray<string> Symbols { get; }

    /// <summary>Special tokens; their ids follow the symbols'.</summary>
    public static ImmutableArray<string> Specials { get; } = [EndOfText, MessageStart, MessageEnd];

    /// <summary>Symbols and special tokens together.</summary>
    public int VocabularyCount => Symbols.Length + Specials.Length;

    /// <summary>The id of a special token.</summary>
    public int SpecialId(string token) => Symbols.Length + Specials.IndexOf(token);

    /// <summary>Ids of the text; special tokens written in it become their ids.</summary>
    public List<int> Encode(string text)
    {
        var ids = new List<int>();
        var start = 0;
        while (start < text.Length)
        {
            var (position, token) = NextSpecial(text, start);
            foreach (var word in Pretokenizer.Split(text[start..position]))
            {
                ids.AddRange(EncodeWord(word));
            }

            if (token is not null)
            {
                ids.Add(SpecialId(token));
            }

            start = position + (token?.Length ?? 0);
        }

        return ids;
    }

    /// <summary>The text of the ids; special tokens are left out.</summary>
    public string Decode(IEnumerable<int> ids)
    {
        var symbols = string.Concat(ids.Where(id => id < Symbols.Length).Select(id => Symbols[id]));
        return Encoding.UTF8.GetString(ByteSymbols.ToBytes(symbols));
    }

    private static (int Position, string? Token) NextSpecial(string text, int start) => Specials
        .Select(token => (Position: text.IndexOf(token, start, StringComparison.Ordinal), Token: (string?)token))
        .Where(found => found.Position >= 0)
        .OrderBy(found => found.Position)
        .FirstOrDefault((text.Length, null));

    private int[] EncodeWord(string word)
    {
        if (!_wordIds.TryGetValue(word, out var ids))
        {
            ids = _wordIds[word] = MergeWord(word).Select(symbol => _ids[symbol]).ToArray();
        }

        return ids;
    }

    private List<string> MergeWord(string word)
    {
        var symbols = ByteSymbols.FromText(word).Select(symbol => symbol.ToString()).ToList();
        while (true)
        {
            var (best, bestRank) = (-1, int.MaxValue);
            for (var i = 0; i + 1 < symbols.Count; i++)
            {
                if (_ranks.TryGetValue(new Merge(symbols[i], symbols[i + 1]), out var rank) && rank < bestRank)
                {
                    (best, bestRank) = (i, rank);
                }
            }

            if (best < 0)
            {
                return symbols;
            }

            symbols[best] += symbols[best + 1];
            symbols.RemoveAt(best + 1);
        }
    }
}
