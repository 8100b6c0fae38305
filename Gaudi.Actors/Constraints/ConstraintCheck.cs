using System.Collections.Concurrent;

namespace Gaudi.Actors.Constraints;

/// <summary>Whether constraints can be kept, told at once to whoever asks again. Any thread.</summary>
/// <param name="compiler">Decides.</param>
public sealed class ConstraintCheck(ConstraintCompiler compiler)
{
    // Applications use a few constraints again and again; a thousand different ones begin anew.
    private const int KeptMax = 1000;

    private readonly ConcurrentDictionary<OutputConstraint, string?> _known = new();

    /// <summary>Why a constraint cannot be kept, as a sentence for the client; null where it can.</summary>
    public string? Refusal(OutputConstraint constraint)
    {
        if (_known.Count >= KeptMax)
            _known.Clear();
        return _known.GetOrAdd(constraint, compiler.Refusal);
    }
}
