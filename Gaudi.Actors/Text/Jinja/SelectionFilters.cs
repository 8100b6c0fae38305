namespace Gaudi.Actors.Text.Jinja;

/// <summary>Filters that apply a test, a filter or an attribute to every item.</summary>
internal static class SelectionFilters
{
    /// <summary>Each item's attribute, or each item filtered.</summary>
    public static object? Map(object? value, Arguments with)
    {
        var items = PythonValue.Items(value, with.Budget);
        if (with.Positional.Length == 0)
        {
            var attribute = with.Required(0, "attribute");
            var absent = with.At(1, "default", new Undefined("the attribute"));
            return items
                .Select(item => Path(item, attribute, with.Budget) is var found && found is Undefined ? absent : found)
                .ToList();
        }

        var name = with.Text(0, "filter");
        var arguments = with with { Positional = with.Positional[1..] };
        return items.Select(item => Filters.Apply(name, item, arguments)).ToList();
    }

    /// <summary>The items that pass (or fail) the test; without a test, those that are true.</summary>
    public static object? Select(object? value, Arguments with, bool isKept) =>
        PythonValue.Items(value, with.Budget).Where(item => Passes(item, with, testAt: 0) == isKept).ToList();

    /// <summary>The items whose attribute passes (or fails) the test; without a test, is true.</summary>
    public static object? SelectByAttribute(object? value, Arguments with, bool isKept)
    {
        var attribute = with.Required(0, "attribute");
        return PythonValue.Items(value, with.Budget)
            .Where(item => Passes(Path(item, attribute, with.Budget), with, testAt: 1) == isKept).ToList();
    }

    /// <summary>An attribute of an item; dots and numbers lead into it. Missing parts are undefined.</summary>
    public static object? Path(object? item, object? path, RenderBudget budget)
    {
        foreach (var part in path is string text ? text.Split('.') : new[] { path })
        {
            item = Lookup.Item(item, part is string name && long.TryParse(name, out var index) ? index : part, budget);
        }

        return item;
    }

    private static bool Passes(object? value, Arguments with, int testAt)
    {
        if (testAt >= with.Positional.Length)
        {
            return PythonValue.IsTrue(value);
        }

        var name = with.Text(testAt, "test");
        return Tests.IsKnown(name)
            ? Tests.Apply(name, value, with with { Positional = with.Positional[(testAt + 1)..] })
            : throw with.Budget.Error($"test `{name}` is not supported; supported: {Tests.Names}");
    }
}
