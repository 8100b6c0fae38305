using System.Collections.Immutable;

namespace Gaudi.Actors.Constraints;

/// <summary>A set of Unicode code points; halves of surrogate pairs are none. Ranges ascend and do not touch.</summary>
internal sealed class CodePoints
{
    private const int Last = 0x10FFFF;
    private const int SurrogatesFirst = 0xD800;
    private const int SurrogatesLast = 0xDFFF;

    private CodePoints(ImmutableArray<(int First, int Last)> ranges) => Ranges = ranges;

    /// <summary>Every code point.</summary>
    internal static CodePoints All { get; } = Of((0, Last));

    /// <summary>The ranges, both ends included.</summary>
    internal ImmutableArray<(int First, int Last)> Ranges { get; }

    /// <summary>True where it holds none.</summary>
    internal bool IsEmpty => Ranges.IsEmpty;

    /// <summary>The set of some ranges, in any order.</summary>
    internal static CodePoints Of(params IEnumerable<(int First, int Last)> ranges)
    {
        var merged = ImmutableArray.CreateBuilder<(int First, int Last)>();
        foreach (var (first, last) in ranges.SelectMany(WithoutSurrogates).Order())
        {
            if (merged.Count > 0 && first <= merged[^1].Last + 1)
                merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, last));
            else
                merged.Add((first, last));
        }
        return new CodePoints(merged.ToImmutable());
    }

    /// <summary>The set of one.</summary>
    internal static CodePoints One(int codePoint) => Of((codePoint, codePoint));

    /// <summary>What is in either.</summary>
    internal CodePoints Or(CodePoints other) => Of(Ranges.Concat(other.Ranges));

    /// <summary>Everything else.</summary>
    internal CodePoints Not()
    {
        var next = 0;
        var left = new List<(int, int)>();
        foreach (var (first, last) in Ranges)
        {
            if (first > next)
                left.Add((next, first - 1));
            next = last + 1;
        }
        if (next <= Last)
            left.Add((next, Last));
        return Of(left);
    }

    /// <summary>What is here and not there.</summary>
    internal CodePoints Except(CodePoints other) => Not().Or(other).Not();

    /// <summary>Whether it holds a code point.</summary>
    internal bool Contains(int codePoint) => Ranges.Any(range => codePoint >= range.First && codePoint <= range.Last);

    private static IEnumerable<(int First, int Last)> WithoutSurrogates((int First, int Last) range)
    {
        if (range.Last < SurrogatesFirst || range.First > SurrogatesLast)
            return range.First <= range.Last ? [range] : [];
        (int First, int Last)[] parts =
            [(range.First, Math.Min(range.Last, SurrogatesFirst - 1)), (Math.Max(range.First, SurrogatesLast + 1), range.Last)];
        return parts.Where(part => part.First <= part.Last);
    }
}
