namespace Gaudi.Actors.Constraints;

/// <summary>Where the rules that are open return to, innermost first. Equal stacks have one number; 0 is the empty one.</summary>
internal sealed class ReturnStacks
{
    private readonly List<(int Node, int Below)> _stacks = [(-1, -1)];
    private readonly Dictionary<(int Node, int Below), int> _numbers = [];

    /// <summary>Stacks known so far. They are never forgotten.</summary>
    internal int Count => _stacks.Count;

    /// <summary>The stack with one more on top.</summary>
    internal int Push(int node, int below)
    {
        if (_numbers.TryGetValue((node, below), out var number))
            return number;
        _stacks.Add((node, below));
        _numbers.Add((node, below), _stacks.Count - 1);
        return _stacks.Count - 1;
    }

    /// <summary>What is on top, and the stack below it.</summary>
    /// <param name="stack">Not the empty one.</param>
    internal (int Node, int Below) Pop(int stack) => _stacks[stack];
}
