using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.Constraints;

/// <summary>
/// Walks texts of a grammar token by token. States are made when they are first reached, and remembered with the masks that
/// were asked for, up to a limit; what is forgotten is made again. One thread at a time.
/// </summary>
public sealed class ConstraintAutomaton
{
    // Some kilobytes each at most: together some dozen megabytes.
    private const int StatesKeptMax = 20_000;
    private const int MasksKeptMax = 1_000;
    private const int StacksMax = 1_000_000;

    // Places looked at for one mask: about a second. What is more ambiguous is written byte by byte.
    private const long WorkMax = 30_000_000;

    private readonly OutputGrammar _grammar;
    private readonly long _workMax;
    private readonly VocabularyTrie _vocabulary;
    private readonly ByteClasses _classes;
    private readonly ReturnStacks _stacks = new();
    private readonly PlaceClosure _closure;
    private readonly Dictionary<(long[] Places, bool IsAccepting), FormState> _states = new(new SamePlaces());
    private readonly List<FormState?> _path = [];
    private long _generation = 1;
    private int _maskCount;

    /// <summary>Begins with no state but the first.</summary>
    /// <param name="grammar">What texts are allowed.</param>
    /// <param name="vocabulary">What they are written with.</param>
    public ConstraintAutomaton(OutputGrammar grammar, VocabularyTrie vocabulary)
        : this(grammar, vocabulary, WorkMax)
    {
    }

    /// <summary>With another limit of the work for a mask.</summary>
    internal ConstraintAutomaton(OutputGrammar grammar, VocabularyTrie vocabulary, long workMax)
    {
        (_grammar, _vocabulary, _workMax) = (grammar, vocabulary, workMax);
        _classes = new ByteClasses(grammar.Nodes);
        _closure = new PlaceClosure(grammar, _stacks);
        _closure.Add(grammar.Start, 0);
        Start = Known(_closure.Take());
    }

    /// <summary>Before the first token.</summary>
    public FormState Start { get; }

    /// <summary>True when it has seen so many different depths that a new one should take its place.</summary>
    internal bool IsWorn => _stacks.Count > StacksMax;

    /// <summary>The state behind a token; null when it does not fit, or is special.</summary>
    internal FormState? Next(FormState state, int tokenId)
    {
        var bytes = _vocabulary.BytesOf(tokenId);
        if (bytes.IsEmpty)
            return null;
        FormState? next = state;
        foreach (var one in bytes)
        {
            next = Next(next, one);
            if (next is null)
                return null;
        }
        return next;
    }

    /// <summary>The tokens that fit here; ends of texts are not among them.</summary>
    internal TokenMask MaskOf(FormState state)
    {
        if (state.Mask is { } known)
            return known;
        if (++_maskCount > MasksKeptMax)
            Forget();
        return state.Mask = MakeMask(state);
    }

    // How much work a mask is depends on its state alone, not on what is remembered: the mask is the same in any company.
    private TokenMask MakeMask(FormState state) => TryMakeMask(state, _vocabulary.DepthMax) ?? TryMakeMask(state, depthMax: 1)!;

    private TokenMask? TryMakeMask(FormState state, int depthMax)
    {
        var work = 0L;
        var words = new ulong[_vocabulary.WordCount];
        var nodes = _vocabulary.Nodes;
        _path.Clear();
        _path.Add(state);
        for (var i = 0; i < nodes.Length;)
        {
            var node = nodes[i];
            CollectionsMarshal.SetCount(_path, node.Depth);
            work += _path[^1]!.Places.Length;
            if (work > _workMax && depthMax > 1)
                return null;
            if (node.Depth > depthMax || Next(_path[^1]!, node.Byte) is not { } next)
            {
                i = node.SubtreeEnd;
                continue;
            }
            foreach (var id in node.TokenIds)
                words[id >> 6] |= 1UL << (id & 63);
            _path.Add(next);
            i++;
        }
        _path.Clear();
        return new TokenMask(ImmutableCollectionsMarshal.AsImmutableArray(words));
    }

    private static FormState Nowhere { get; } = new([], false);

    private FormState? Next(FormState state, byte one)
    {
        if (state.Generation != _generation)
            (state.Generation, state.Nexts) = (_generation, new FormState?[_classes.Count]);
        var index = _classes.Of(one);
        var next = state.Nexts![index] ??= Find(state, _classes.Example(index));
        return ReferenceEquals(next, Nowhere) ? null : next;
    }

    private FormState Find(FormState state, byte one)
    {
        _closure.Clear();
        foreach (var place in state.Places)
        {
            foreach (var (first, last, target) in _grammar.Nodes[PlaceClosure.Node(place)].Steps)
            {
                if (one >= first && one <= last)
                    _closure.Add(target, PlaceClosure.Stack(place));
            }
        }
        var found = _closure.Take();
        return found is { Places.Length: 0, IsAccepting: false } ? Nowhere : Known(found);
    }

    private FormState Known((long[] Places, bool IsAccepting) found)
    {
        if (_states.TryGetValue(found, out var known))
            return known;
        if (_states.Count >= StatesKeptMax)
            Forget();
        var state = new FormState(found.Places, found.IsAccepting);
        _states.Add(found, state);
        return state;
    }

    // States that somebody holds stay as they are; what they led to is made again.
    private void Forget()
    {
        _states.Clear();
        _generation++;
        _maskCount = 0;
    }

    private sealed class SamePlaces : IEqualityComparer<(long[] Places, bool IsAccepting)>
    {
        public bool Equals((long[] Places, bool IsAccepting) one, (long[] Places, bool IsAccepting) other) =>
            one.IsAccepting == other.IsAccepting && one.Places.AsSpan().SequenceEqual(other.Places);

        public int GetHashCode((long[] Places, bool IsAccepting) one)
        {
            var hash = new HashCode();
            hash.AddBytes(MemoryMarshal.AsBytes(one.Places.AsSpan()));
            hash.Add(one.IsAccepting);
            return hash.ToHashCode();
        }
    }
}
