namespace Gaudi.Actors.Text.PreTokenizers;

/// <summary>Turns the matches of a pattern into pieces, by behaviour.</summary>
internal static class Cuts
{
    /// <summary>
    /// Appends the parts of the piece. With <paramref name="isInverted"/> the gaps count as the matches.
    /// </summary>
    public static void Apply(
        Piece piece, List<Range> matches, SplitBehavior behavior, bool isInverted, List<Piece> parts)
    {
        if (behavior == SplitBehavior.Isolated)
        {
            Isolate(piece, matches, parts);
            return;
        }

        var spans = Spans(piece.Text.Length, matches, isInverted);
        var kept = behavior switch
        {
            SplitBehavior.Removed => spans.Where(span => !span.IsMatch).Select(span => (span.Start, span.End)),
            SplitBehavior.MergedWithPrevious => MergePrevious(spans),
            SplitBehavior.MergedWithNext => MergeNext(spans),
            SplitBehavior.Contiguous => MergeEqual(spans),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        foreach (var (start, end) in kept)
        {
            if (start < end)
            {
                parts.Add(piece.Cut(start, end));
            }
        }
    }

    // The common case by far, so without lists on the way. Inverting changes nothing here.
    private static void Isolate(Piece piece, List<Range> matches, List<Piece> parts)
    {
        var done = 0;
        foreach (var match in matches)
        {
            Add(done, match.Start.Value);
            Add(match.Start.Value, match.End.Value);
            done = match.End.Value;
        }

        Add(done, piece.Text.Length);

        void Add(int start, int end)
        {
            if (start < end)
            {
                parts.Add(piece.Cut(start, end));
            }
        }
    }

    private static List<(int Start, int End, bool IsMatch)> Spans(int length, List<Range> matches, bool isInverted)
    {
        var spans = new List<(int Start, int End, bool IsMatch)>(matches.Count * 2 + 1);
        var done = 0;
        foreach (var match in matches)
        {
            if (done < match.Start.Value)
            {
                spans.Add((done, match.Start.Value, isInverted));
            }

            spans.Add((match.Start.Value, match.End.Value, !isInverted));
            done = match.End.Value;
        }

        if (done < length)
        {
            spans.Add((done, length, isInverted));
        }

        return spans;
    }

    private static List<(int Start, int End)> MergePrevious(List<(int Start, int End, bool IsMatch)> spans)
    {
        var merged = new List<(int Start, int End)>();
        var wasMatch = false;
        foreach (var (start, end, isMatch) in spans)
        {
            if (isMatch && !wasMatch && merged.Count > 0)
            {
                merged[^1] = (merged[^1].Start, end);
            }
            else
            {
                merged.Add((start, end));
            }

            wasMatch = isMatch;
        }

        return merged;
    }

    private static List<(int Start, int End)> MergeNext(List<(int Start, int End, bool IsMatch)> spans)
    {
        var merged = new List<(int Start, int End)>();
        var wasMatch = false;
        for (var index = spans.Count - 1; index >= 0; index--)
        {
            var (start, end, isMatch) = spans[index];
            if (isMatch && !wasMatch && merged.Count > 0)
            {
                merged[^1] = (start, merged[^1].End);
            }
            else
            {
                merged.Add((start, end));
            }

            wasMatch = isMatch;
        }

        merged.Reverse();
        return merged;
    }

    private static List<(int Start, int End)> MergeEqual(List<(int Start, int End, bool IsMatch)> spans)
    {
        var merged = new List<(int Start, int End)>();
        for (var index = 0; index < spans.Count; index++)
        {
            if (index > 0 && spans[index].IsMatch == spans[index - 1].IsMatch)
            {
                merged[^1] = (merged[^1].Start, spans[index].End);
            }
            else
            {
                merged.Add((spans[index].Start, spans[index].End));
            }
        }

        return merged;
    }
}
