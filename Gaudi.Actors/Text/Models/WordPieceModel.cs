using System.Globalization;
using System.Text;

namespace Gaudi.Actors.Text.Models;

/// <summary>The longest piece that fits, again and again; a word with an unknown rest is unknown as a whole.</summary>
internal sealed class WordPieceModel(
    Dictionary<string, int> vocabulary, int unknownId, string continuingPrefix, int wordCharactersMax) : IModel
{
    private readonly int _pieceLengthMax = vocabulary.Keys.Max(token => token.Length);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, int> Vocabulary => vocabulary;

    /// <summary>Reads a `WordPiece` section.</summary>
    public static WordPieceModel Read(JsonSection section)
    {
        var vocabulary = ModelReader.ReadVocabulary(section["vocab"]);
        var unknown = section["unk_token"];
        if (!vocabulary.TryGetValue(unknown.IsNull ? "[UNK]" : unknown.Text(), out var unknownId))
        {
            throw unknown.Wrong("a token that stands in `vocab`");
        }

        return new WordPieceModel(
            vocabulary,
            unknownId,
            section["continuing_subword_prefix"].TextOrNull() ?? "##",
            section["max_input_chars_per_word"].IsNull ? 100 : section["max_input_chars_per_word"].Number());
    }

    /// <inheritdoc/>
    public void Encode(string text, List<int> ids)
    {
        var first = ids.Count;
        if (text.EnumerateRunes().Count() > wordCharactersMax)
        {
            ids.Add(unknownId);
            return;
        }

        for (var at = 0; at < text.Length;)
        {
            var length = LongestAt(text, at, out var id);
            if (length == 0)
            {
                ids.RemoveRange(first, ids.Count - first);
                ids.Add(unknownId);
                return;
            }

            ids.Add(id);
            at += length;
        }
    }

    private int LongestAt(string text, int at, out int id)
    {
        var lookup = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var length = Math.Min(text.Length - at, _pieceLengthMax); length > 0; length--)
        {
            var piece = text.AsSpan(at, length);
            if (at == 0 ? lookup.TryGetValue(piece, out id) : lookup.TryGetValue($"{continuingPrefix}{piece}", out id))
            {
                return length;
            }
        }

        id = -1;
        return 0;
    }
}
