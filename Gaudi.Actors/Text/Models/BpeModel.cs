using System.Text;

namespace Gaudi.Actors.Text.Models;

/// <summary>Byte pair encoding: characters, then the pair of lowest rank merged until none is left.</summary>
/// <remarks>Source: Sennrich and others 2016; `ignore_merges`, `byte_fallback` and `fuse_unk` as in
/// tokenizer.json.</remarks>
internal sealed class BpeModel : IModel
{
    private readonly BpeOptions _options;
    private readonly BpeMerges _merges;
    private readonly Dictionary<string, int> _vocabulary;
    private readonly int?[] _byteIds;
    private readonly int? _unknownId;

    private BpeModel(BpeOptions options, Dictionary<string, int> vocabulary, BpeMerges merges, int? unknownId)
    {
        _options = options;
        _vocabulary = vocabulary;
        _merges = merges;
        _unknownId = unknownId;
        _byteIds = ByteTokens.Ids(vocabulary);
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, int> Vocabulary => _vocabulary;

    /// <summary>Reads a `BPE` section.</summary>
    public static BpeModel Read(JsonSection section)
    {
        if (!section["dropout"].IsNull && section["dropout"].Real() > 0)
        {
            throw section["dropout"].Wrong("null or 0, because encoding must not be random");
        }

        var options = new BpeOptions(
            section["ignore_merges"].Flag(absent: false),
            section["byte_fallback"].Flag(absent: false),
            section["fuse_unk"].Flag(absent: false),
            section["continuing_subword_prefix"].TextOrNull() ?? "",
            section["end_of_word_suffix"].TextOrNull() ?? "");
        var vocabulary = ModelReader.ReadVocabulary(section["vocab"]);
        var merges = BpeMerges.Read(section["merges"], vocabulary, options.ContinuingPrefix);
        var unknown = section["unk_token"].TextOrNull();
        int? unknownId = unknown is null ? null
            : vocabulary.TryGetValue(unknown, out var id) ? id
            : throw section["unk_token"].Wrong("a token that stands in `vocab`");
        return new BpeModel(options, vocabulary, merges, unknownId);
    }

    /// <inheritdoc/>
    public void Encode(string text, List<int> ids)
    {
        if (_options.IgnoresMerges && _vocabulary.TryGetValue(text, out var whole))
        {
            ids.Add(whole);
            return;
        }

        var symbols = new List<int>(text.Length);
        AppendSymbols(text, symbols);
        _merges.Merge(symbols, ids);
    }

    private void AppendSymbols(string text, List<int> symbols)
    {
        var lookup = _vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        var isPlain = _options.ContinuingPrefix.Length == 0 && _options.EndOfWordSuffix.Length == 0;
        int? pendingUnknown = null;
        for (int at = 0, length; at < text.Length; at += length)
        {
            length = char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? 2 : 1;
            var character = text.AsSpan(at, length);
            var isKnown = isPlain
                ? lookup.TryGetValue(character, out var id)
                : _vocabulary.TryGetValue(Decorated(character, at, text.Length), out id);
            if (isKnown)
            {
                Flush(ref pendingUnknown, symbols);
                symbols.Add(id);
            }
            else if (!(_options.HasByteFallback && TryAppendBytes(Decorated(character, at, text.Length), symbols))
                && _unknownId is { } unknown)
            {
                if (!_options.FusesUnknown)
                {
                    Flush(ref pendingUnknown, symbols);
                }

                pendingUnknown = unknown;
            }
        }

        Flush(ref pendingUnknown, symbols);
    }

    private string Decorated(ReadOnlySpan<char> character, int at, int textLength)
    {
        var prefix = at == 0 ? "" : _options.ContinuingPrefix;
        var suffix = at + character.Length == textLength ? _options.EndOfWordSuffix : "";
        return $"{prefix}{character}{suffix}";
    }

    private bool TryAppendBytes(string symbol, List<int> symbols)
    {
        var utf8 = Encoding.UTF8.GetBytes(symbol);
        if (!Array.TrueForAll(utf8, value => _byteIds[value] is not null))
        {
            return false;
        }

        symbols.AddRange(utf8.Select(value => _byteIds[value]!.Value));
        return true;
    }

    private static void Flush(ref int? pendingUnknown, List<int> symbols)
    {
        if (pendingUnknown is { } unknown)
        {
            symbols.Add(unknown);
            pendingUnknown = null;
        }
    }
}
