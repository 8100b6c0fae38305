namespace Gaudi.Actors.Text.Jinja;

/// <summary>The `loop` variable.</summary>
internal sealed class LoopState(List<object?> items, RenderBudget budget)
{
    private object? _lastChanged;
    private bool _hasChanged;

    /// <summary>Number of the current round, from 0.</summary>
    public int Index { get; set; }

    /// <summary>An attribute such as `index` or `last`, or undefined.</summary>
    public object? Attribute(string name) => name switch
    {
        "index" => (long)Index + 1,
        "index0" => (long)Index,
        "revindex" => (long)items.Count - Index,
        "revindex0" => (long)items.Count - Index - 1,
        "first" => Index == 0,
        "last" => Index == items.Count - 1,
        "length" => (long)items.Count,
        "previtem" => Index > 0 ? items[Index - 1] : new Undefined("the item before the first"),
        "nextitem" => Index + 1 < items.Count ? items[Index + 1] : new Undefined("the item after the last"),
        "cycle" => new TemplateFunction("cycle", Cycle),
        "changed" => new TemplateFunction("changed", Changed),
        _ => new Undefined($"`loop.{name}`"),
    };

    private object? Cycle(Arguments arguments) => arguments.Positional.Length == 0
        ? throw budget.Error("expected values for loop.cycle, got none")
        : arguments.Positional[Index % arguments.Positional.Length];

    private object? Changed(Arguments arguments)
    {
        var current = new PythonTuple(arguments.Positional);
        var isChanged = !_hasChanged || !PythonEquality.Instance.Equals(_lastChanged, current);
        _hasChanged = true;
        _lastChanged = current;
        return isChanged;
    }
}
