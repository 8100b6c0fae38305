using System.Collections.Concurrent;

namespace Gaudi.Actors.Text.Models;

/// <summary>Remembers the ids of short pieces; text repeats its words.</summary>
internal sealed class CachedModel(IModel model) : IModel
{
    private const int WordCountMax = 20_000;
    private const int WordLengthMax = 128;
    private readonly ConcurrentDictionary<string, int[]> _words = new();
    private int _wordCount;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, int> Vocabulary => model.Vocabulary;

    /// <inheritdoc/>
    public void Encode(string text, List<int> ids)
    {
        if (_words.TryGetValue(text, out var known))
        {
            ids.AddRange(known);
            return;
        }

        var first = ids.Count;
        model.Encode(text, ids);
        if (text.Length <= WordLengthMax)
        {
            Remember(text, [.. ids[first..]]);
        }
    }

    // The count is kept apart because ConcurrentDictionary.Count takes every lock.
    private void Remember(string text, int[] found)
    {
        if (Interlocked.Increment(ref _wordCount) > WordCountMax)
        {
            _words.Clear();
            Interlocked.Exchange(ref _wordCount, 1);
        }

        _words[text] = found;
    }
}
