namespace Gaudi.Actors.Text.Jinja;

/// <summary>The filters after `|`, by name.</summary>
internal static class Filters
{
    private static readonly Dictionary<string, Func<object?, Arguments, object?>> All = new(StringComparer.Ordinal)
    {
        ["tojson"] = PythonJson.Write,
        ["from_json"] = ValueFilters.FromJson,
        ["string"] = (value, _) => PythonText.Of(value),
        ["safe"] = (value, _) => value,
        ["default"] = ValueFilters.Default,
        ["d"] = ValueFilters.Default,
        ["int"] = ValueFilters.Whole,
        ["float"] = ValueFilters.Real,
        ["abs"] = ValueFilters.Absolute,
        ["round"] = ValueFilters.Round,
        ["length"] = (value, with) => PythonValue.Length(value, with.Budget),
        ["count"] = (value, with) => PythonValue.Length(value, with.Budget),
        ["attr"] = (value, with) => Lookup.Attribute(value, with.Text(0, "name"), with.Budget),
        ["trim"] = (value, with) => StringMethods.Find("strip")!(PythonText.Of(value), with),
        ["lower"] = (value, _) => StringMethods.Lower(PythonText.Of(value)),
        ["upper"] = (value, _) => StringMethods.Upper(PythonText.Of(value)),
        ["capitalize"] = (value, _) => StringMethods.Capitalize(PythonText.Of(value)),
        ["title"] = (value, _) => TextFilters.Title(PythonText.Of(value)),
        ["replace"] = (value, with) => StringMethods.Replace(
            PythonText.Of(value), PythonText.Of(with.Required(0, "old")), PythonText.Of(with.Required(1, "new")),
            with.Whole(2, "count", -1), with.Budget),
        ["indent"] = TextFilters.Indent,
        ["format"] = (value, with) =>
            PercentFormat.Apply(PythonText.Of(value), new PythonTuple(with.Positional), with.Budget),
        ["wordcount"] = (value, _) => TextFilters.WordCount(PythonText.Of(value)),
        ["escape"] = (value, _) => TextFilters.Escape(PythonText.Of(value)),
        ["e"] = (value, _) => TextFilters.Escape(PythonText.Of(value)),
        ["list"] = (value, with) => new List<object?>(PythonValue.Items(value, with.Budget)),
        ["items"] = ListFilters.Items,
        ["dictsort"] = ListFilters.DictSort,
        ["join"] = ListFilters.Join,
        ["first"] = (value, with) => ListFilters.End(value, with, isFirst: true),
        ["last"] = (value, with) => ListFilters.End(value, with, isFirst: false),
        ["reverse"] = ListFilters.Reverse,
        ["sort"] = ListFilters.Sort,
        ["unique"] = ListFilters.Unique,
        ["batch"] = ListFilters.Batch,
        ["sum"] = ListFilters.Sum,
        ["min"] = (value, with) => ListFilters.Extreme(value, with, sign: -1),
        ["max"] = (value, with) => ListFilters.Extreme(value, with, sign: 1),
        ["map"] = SelectionFilters.Map,
        ["select"] = (value, with) => SelectionFilters.Select(value, with, isKept: true),
        ["reject"] = (value, with) => SelectionFilters.Select(value, with, isKept: false),
        ["selectattr"] = (value, with) => SelectionFilters.SelectByAttribute(value, with, isKept: true),
        ["rejectattr"] = (value, with) => SelectionFilters.SelectByAttribute(value, with, isKept: false),
    };

    /// <summary>The names of all filters, for errors.</summary>
    public static string Names { get; } = string.Join(", ", All.Keys.Order(StringComparer.Ordinal));

    /// <summary>True when there is a filter of that name.</summary>
    public static bool IsKnown(string name) => All.ContainsKey(name);

    /// <summary>The filtered value.</summary>
    public static object? Apply(string name, object? value, Arguments arguments) =>
        All.TryGetValue(name, out var filter)
        ? filter(value, arguments)
        : throw arguments.Budget.Error($"filter `{name}` is not supported; supported: {Names}");
}
