using System.Runtime.InteropServices;
using System.Text.Json;

namespace Gaudi.Actors.Text.Models;

/// <summary>The merge table: which pairs of tokens join, in which order, and into what.</summary>
internal sealed class BpeMerges
{
    private readonly Dictionary<(int Left, int Right), (int Rank, int Id)> _pairs;

    private BpeMerges(Dictionary<(int Left, int Right), (int Rank, int Id)> pairs) => _pairs = pairs;

    /// <summary>Reads `merges`, each "left right" or ["left", "right"]; every part must be in the vocabulary.</summary>
    public static BpeMerges Read(JsonSection section, Dictionary<string, int> vocabulary, string continuingPrefix)
    {
        var pairs = new Dictionary<(int Left, int Right), (int Rank, int Id)>();
        var rank = 0;
        foreach (var item in section.Items())
        {
            var (left, right) = Parts(item);
            var tail = right.StartsWith(continuingPrefix, StringComparison.Ordinal)
                ? right[continuingPrefix.Length..]
                : right;
            pairs[(Id(left), Id(right))] = (rank++, Id(left + tail));

            int Id(string token) => vocabulary.TryGetValue(token, out var id)
                ? id
                : throw item.Wrong($"a merge of tokens in `vocab` (\"{token}\" is not there)");
        }

        return new BpeMerges(pairs);
    }

    /// <summary>
    /// Merges the symbols until no pair is left and appends what remains. Lowest rank first, then leftmost.
    /// </summary>
    public void Merge(List<int> symbols, List<int> ids)
    {
        var current = CollectionsMarshal.AsSpan(symbols);
        var count = current.Length;
        var next = new int[count];
        var previous = new int[count];
        var queue = new PriorityQueue<(int Left, int LeftId, int RightId, int Id), (int Rank, int Position)>(count);
        for (var index = 0; index < count; index++)
        {
            previous[index] = index - 1;
            next[index] = index + 1 < count ? index + 1 : -1;
            Offer(index, next[index], current);
        }

        while (queue.TryDequeue(out var merge, out _))
        {
            // A merge is out of date when either side has been merged since; a dead symbol holds -1.
            var right = next[merge.Left];
            if (current[merge.Left] != merge.LeftId || right < 0 || current[right] != merge.RightId)
            {
                continue;
            }

            current[merge.Left] = merge.Id;
            current[right] = -1;
            next[merge.Left] = next[right];
            if (next[right] >= 0)
            {
                previous[next[right]] = merge.Left;
            }

            next[right] = -1;
            if (previous[merge.Left] >= 0)
            {
                Offer(previous[merge.Left], merge.Left, current);
            }

            Offer(merge.Left, next[merge.Left], current);
        }

        for (var index = count > 0 ? 0 : -1; index >= 0; index = next[index])
        {
            ids.Add(current[index]);
        }

        void Offer(int left, int right, ReadOnlySpan<int> from)
        {
            if (right >= 0 && _pairs.TryGetValue((from[left], from[right]), out var merge))
            {
                queue.Enqueue((left, from[left], from[right], merge.Id), (merge.Rank, left));
            }
        }
    }

    private static (string Left, string Right) Parts(JsonSection item)
    {
        if (item.Element.ValueKind == JsonValueKind.Array)
        {
            var pair = item.Items().Select(part => part.Text()).ToArray();
            return pair.Length == 2 ? (pair[0], pair[1]) : throw item.Wrong("two tokens");
        }

        var parts = item.Text().Split(' ');
        return parts.Length == 2 ? (parts[0], parts[1]) : throw item.Wrong("two tokens with one space between");
    }
}
