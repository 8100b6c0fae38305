using System.Collections.Immutable;
using Gaudi.Actors.Text;

namespace Gaudi.Cluster.Http;

/// <summary>`bad_words`: texts that an answer may not hold, as the token sequences that write them.</summary>
internal static class BadWordsField
{
    private const string Name = "bad_words";

    /// <summary>Characters of one word, on average. Its tokens travel with every step.</summary>
    private const long WordCharsMax = 64;

    /// <summary>
    /// Each word as it is written at the start of a text, and in its middle behind a space. vLLM leaves the second form out
    /// where it has another number of tokens, and lets the word through there.
    /// </summary>
    /// <exception cref="ApiException">An empty word, too many, or too many characters in them.</exception>
    public static ImmutableArray<ImmutableArray<int>> Read(RequestFields fields, Tokenizer tokenizer, HttpServerSettings settings)
    {
        var words = fields.TextList(Name);
        if (words.Length > settings.BadWordsMax)
            throw ApiException.Invalid($"Expected at most {settings.BadWordsMax} words in `{Name}`, got {words.Length}.", Name);
        if (words.IsEmpty)
            return [];
        var charsMax = settings.BadWordsMax * WordCharsMax;
        var charCount = words.Sum(word => (long)word.Length);
        if (charCount > charsMax)
            throw ApiException.Invalid(
                $"Expected the words of `{Name}` to be at most {charsMax} characters together, got {charCount}.", Name);
        if (words.Any(string.IsNullOrWhiteSpace))
            throw ApiException.Invalid($"Expected `{Name}` to hold no empty word, got one.", Name);
        return [.. words.SelectMany(word => Written(word.TrimStart(), tokenizer))];
    }

    private static IEnumerable<ImmutableArray<int>> Written(string word, Tokenizer tokenizer)
    {
        var atStart = tokenizer.Encode(word, addSpecialTokens: false);
        if (atStart.IsEmpty)
            throw ApiException.Invalid($"Expected `{Name}` to hold words that have tokens, got {JsonText.Quoted(word)}.", Name);
        yield return atStart;
        var inside = tokenizer.Encode(" " + word, addSpecialTokens: false);
        if (!inside.SequenceEqual(atStart))
            yield return inside;
    }
}
