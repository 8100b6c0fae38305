namespace Gaudi.Actors.Text.Jinja;

/// <summary>The methods that text, lists and dictionaries have in templates. None changes its value.</summary>
internal static class Methods
{
    private static readonly HashSet<string> Changing =
        ["append", "clear", "extend", "insert", "pop", "popitem", "remove", "reverse", "setdefault", "sort", "update"];

    /// <summary>The method of that name, or null when the value has none.</summary>
    public static TemplateFunction? Find(object? target, string name) => target switch
    {
        string text when StringMethods.Find(name) is { } method =>
            new TemplateFunction(name, with => method(text, with)),
        PythonDict dict when OfDict(name) is { } method => new TemplateFunction(name, with => method(dict, with)),
        List<object?> list when name is "index" or "count" =>
            new TemplateFunction(name, with => Search(list, name, with)),
        PythonTuple tuple when name is "index" or "count" =>
            new TemplateFunction(name, with => Search([.. tuple.Items], name, with)),
        List<object?> or PythonDict when Changing.Contains(name) =>
            new TemplateFunction(name, with => throw with.Budget.Error(
            $"expected a method that changes nothing, got `{name}` (templates run in an immutable sandbox)")),
        _ => null,
    };

    private static Func<PythonDict, Arguments, object?>? OfDict(string name) => name switch
    {
        "items" => (dict, _) => dict.Items.Select(item => (object?)new PythonTuple([item.Key, item.Value])).ToList(),
        "keys" => (dict, _) => dict.Keys.ToList(),
        "values" => (dict, _) => dict.Values.ToList(),
        "get" => (dict, with) => dict.TryGet(with.Required(0, "key"), out var value) ? value : with.At(1, "default"),
        "copy" => (dict, _) => Copy(dict),
        _ => null,
    };

    private static PythonDict Copy(PythonDict dict)
    {
        var copy = new PythonDict();
        foreach (var (key, value) in dict.Items)
        {
            copy.Set(key, value);
        }

        return copy;
    }

    private static object Search(List<object?> list, string name, Arguments with)
    {
        var sought = with.Required(0, "value");
        if (name == "count")
        {
            return (long)list.Count(item => PythonEquality.Instance.Equals(item, sought));
        }

        var place = list.FindIndex(item => PythonEquality.Instance.Equals(item, sought));
        return place >= 0 ? (long)place : throw with.Budget.Error("expected a value that is in the list, got another");
    }
}
