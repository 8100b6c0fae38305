using System.Collections.Immutable;

namespace Gaudi.Actors.Text;

/// <summary>
/// Ends a text at the first stop string. Text that may be the beginning of one is held back, so nothing after the
/// decision is ever shown. One sequence each; not thread-safe.
/// </summary>
public sealed class StopStringMatcher
{
    private readonly ImmutableArray<string> _stops;
    private readonly bool _includeInOutput;
    private string _held = "";
    private bool _isStopped;

    /// <summary>Looks for these strings, compared by code unit; empty ones are left out.</summary>
    /// <param name="stops">Of several that end at the same place the one that begins first wins, then the first
    /// listed.</param>
    /// <param name="includeInOutput">Whether the stop string itself is emitted.</param>
    public StopStringMatcher(ImmutableArray<string> stops, bool includeInOutput)
    {
        _stops = [.. stops.Where(stop => stop.Length > 0)];
        _includeInOutput = includeInOutput;
    }

    /// <summary>Takes more text. After a match everything is ignored.</summary>
    public StopMatch Push(string text)
    {
        if (_isStopped)
        {
            return new StopMatch("", null);
        }

        var seen = _held + text;
        if (FirstMatch(seen, _held.Length) is var (start, stop))
        {
            _isStopped = true;
            _held = "";
            return new StopMatch(seen[..(_includeInOutput ? start + stop.Length : start)], stop);
        }

        return Hold(seen);
    }

    /// <summary>Takes text in which no stop string may end. One may begin in it and end in text pushed later.</summary>
    public StopMatch Pass(string text) => _isStopped ? new StopMatch("", null) : Hold(_held + text);

    private StopMatch Hold(string seen)
    {
        var heldLength = HeldLength(seen);
        _held = seen[^heldLength..];
        return new StopMatch(seen[..^heldLength], null);
    }

    /// <summary>The text held back, at the end of the sequence; nothing after a match.</summary>
    public string Flush()
    {
        var held = _held;
        _held = "";
        return held;
    }

    // The match that is complete first decides, so the result does not depend on how the text was cut into pushes. One that
    // ends in text held before was decided already.
    private (int Start, string Stop)? FirstMatch(string seen, int heldLength)
    {
        (int Start, string Stop)? first = null;
        foreach (var stop in _stops)
        {
            var start = seen.IndexOf(stop, Math.Max(0, heldLength - stop.Length + 1), StringComparison.Ordinal);
            if (start >= 0 && (first is not { } best || IsEarlier(start, stop, best)))
            {
                first = (start, stop);
            }
        }

        return first;
    }

    private static bool IsEarlier(int start, string stop, (int Start, string Stop) best)
    {
        var end = start + stop.Length;
        var bestEnd = best.Start + best.Stop.Length;
        return end < bestEnd || (end == bestEnd && start < best.Start);
    }

    private int HeldLength(string seen)
    {
        var heldLength = 0;
        foreach (var stop in _stops)
        {
            for (var length = Math.Min(stop.Length - 1, seen.Length); length > heldLength; length--)
            {
                if (seen.AsSpan().EndsWith(stop.AsSpan(0, length), StringComparison.Ordinal))
                {
                    heldLength = length;
                }
            }
        }

        return heldLength;
    }
}
