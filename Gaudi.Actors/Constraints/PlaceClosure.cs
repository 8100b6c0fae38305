namespace Gaudi.Actors.Constraints;

/// <summary>Follows what leads on without a byte: jumps, calls of rules, and returns from them. One thread.</summary>
internal sealed class PlaceClosure(OutputGrammar grammar, ReturnStacks stacks)
{
    private readonly HashSet<long> _seen = [];
    private readonly Stack<long> _open = new();
    private readonly List<long> _places = [];
    private bool _isAccepting;

    /// <summary>A node with a stack, as one number.</summary>
    internal static long Place(int node, int stack) => ((long)node << 32) | (uint)stack;

    /// <summary>The node of a place.</summary>
    internal static int Node(long place) => (int)(place >> 32);

    /// <summary>The stack of a place.</summary>
    internal static int Stack(long place) => (int)place;

    /// <summary>Forgets what was added.</summary>
    internal void Clear()
    {
        _seen.Clear();
        _places.Clear();
        _isAccepting = false;
    }

    /// <summary>Adds a place and all that it leads to.</summary>
    internal void Add(int node, int stack)
    {
        Open(node, stack);
        while (_open.TryPop(out var place))
            Follow(grammar.Nodes[Node(place)], Stack(place), place);
    }

    /// <summary>The places from which a byte leads on, ascending, and whether the text may be over.</summary>
    internal (long[] Places, bool IsAccepting) Take()
    {
        _places.Sort();
        return ([.. _places], _isAccepting);
    }

    private void Follow(GrammarNode node, int stack, long place)
    {
        if (node.Steps.Count > 0)
            _places.Add(place);
        foreach (var jump in node.Jumps)
            Open(jump, stack);
        foreach (var (start, back) in node.Calls)
            Open(start, IsOnlyEnd(back) ? stack : stacks.Push(back, stack));
        if (!node.IsEnd)
            return;
        if (stack == 0)
        {
            _isAccepting = true;
            return;
        }
        var (next, below) = stacks.Pop(stack);
        Open(next, below);
    }

    // A rule called last needs no way back: without it, what repeats itself at its own end would pile up.
    private bool IsOnlyEnd(int index)
    {
        var node = grammar.Nodes[index];
        while (!node.IsEnd && node.Steps.Count == 0 && node.Calls.Count == 0 && node.Jumps.Count == 1)
            node = grammar.Nodes[node.Jumps[0]];
        return node.IsEnd && node.Steps.Count == 0 && node.Calls.Count == 0 && node.Jumps.Count == 0;
    }

    private void Open(int node, int stack)
    {
        if (_seen.Add(Place(node, stack)))
            _open.Push(Place(node, stack));
    }
}
