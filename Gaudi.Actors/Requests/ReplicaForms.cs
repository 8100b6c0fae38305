using System.Collections.Immutable;
using Gaudi.Actors.Constraints;
using Gaudi.Actors.Protocols;

namespace Gaudi.Actors.Requests;

/// <summary>
/// The automata a replica has, the last used ones, and the choices that wait for one. Answers of one form share an
/// automaton, and with it the masks it has made. One thread.
/// </summary>
/// <param name="keptMax">Most automata kept beside those that running choices hold.</param>
internal sealed class ReplicaForms(int keptMax)
{
    private readonly LinkedList<(OutputConstraint Constraint, ConstraintAutomaton Automaton)> _kept = [];
    private readonly Dictionary<OutputConstraint, List<Generate>> _waiting = [];

    /// <summary>Choices that wait for their form.</summary>
    internal int WaitingCount => _waiting.Values.Sum(some => some.Count);

    /// <summary>The automaton of a constraint; null when it is to be compiled.</summary>
    internal ConstraintAutomaton? Find(OutputConstraint constraint)
    {
        for (var node = _kept.First; node is not null; node = node.Next)
        {
            if (node.Value.Constraint != constraint)
                continue;
            _kept.Remove(node);
            if (node.Value.Automaton.IsWorn)
                return null;
            _kept.AddFirst(node);
            return node.Value.Automaton;
        }
        return null;
    }

    /// <summary>Whether a choice waits already.</summary>
    internal bool Holds(Generate generate) => _waiting.Values.Any(
        some => some.Exists(one => IsSame(one, generate.Request.RequestId, generate.Request.Choice)));

    /// <summary>Lets a choice wait for its form; one that asks again takes its own place.</summary>
    /// <returns>True when nobody waited for that form: it is to be compiled.</returns>
    internal bool Wait(OutputConstraint constraint, Generate generate)
    {
        if (_waiting.TryGetValue(constraint, out var some))
        {
            var index = some.FindIndex(one => IsSame(one, generate.Request.RequestId, generate.Request.Choice));
            if (index < 0)
                some.Add(generate);
            else
                some[index] = generate;
            return false;
        }
        _waiting.Add(constraint, [generate]);
        return true;
    }

    /// <summary>Forgets a choice that waits.</summary>
    /// <returns>Null where it does not wait.</returns>
    internal Generate? Abort(string requestId, int choice)
    {
        foreach (var some in _waiting.Values)
        {
            if (some.Find(one => IsSame(one, requestId, choice)) is not { } waiting)
                continue;
            some.Remove(waiting);
            return waiting;
        }
        return null;
    }

    /// <summary>Takes a compiled form; null where it could not be.</summary>
    /// <returns>The choices that waited for it, in order.</returns>
    internal ImmutableArray<Generate> Take(OutputConstraint constraint, ConstraintAutomaton? automaton)
    {
        if (automaton is not null)
            _kept.AddFirst((constraint, automaton));
        if (_kept.Count > keptMax)
            _kept.RemoveLast();
        return _waiting.Remove(constraint, out var some) ? [.. some] : [];
    }

    private static bool IsSame(Generate one, string requestId, int choice) =>
        one.Request.RequestId == requestId && one.Request.Choice == choice;
}
