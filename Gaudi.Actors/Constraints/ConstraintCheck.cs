using System.Collections.Concurrent;

namespace Gaudi.Actors.Constraints;

/// <summary>Whether constraints can be kept, told at once to whoever asks again. Any thread.</summary>
/// <param name="decide">Why a constraint cannot be kept, as a sentence for the client; null where it can. Any thread.</param>
public sealed class ConstraintCheck(Func<OutputConstraint, string?> decide)
{
    // Applications use a few constraints again and again; a thousand different ones begin anew.
    private const int KeptMax = 1000;

    // Together at most 128 MB. Longer texts are rare, and decided anew each time.
    private const int KeptCharsMax = 64 * 1024;

    private readonly ConcurrentDictionary<OutputConstraint, string?> _known = new();

    /// <summary>Why a constraint cannot be kept, as a sentence for the client; null where it can.</summary>
    public string? Refusal(OutputConstraint constraint)
    {
        if (constraint.Text.Length > KeptCharsMax)
            return decide(constraint);
        if (_known.Count >= KeptMax)
            _known.Clear();
        return _known.GetOrAdd(constraint, decide);
    }
}
