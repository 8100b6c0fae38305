namespace Gaudi.Actors.Text.Jinja;

/// <summary>The tests after `is`.</summary>
internal static class Tests
{
    private static readonly Dictionary<string, Func<object?, Arguments, bool>> All = new(StringComparer.Ordinal)
    {
        ["defined"] = (value, _) => value is not Undefined,
        ["undefined"] = (value, _) => value is Undefined,
        ["none"] = (value, _) => value is null,
        ["string"] = (value, _) => value is string,
        ["boolean"] = (value, _) => value is bool,
        ["true"] = (value, _) => value is true,
        ["false"] = (value, _) => value is false,
        ["number"] = (value, _) => value is long or double or bool,
        ["integer"] = (value, _) => value is long,
        ["float"] = (value, _) => value is double,
        ["mapping"] = (value, _) => value is PythonDict,
        ["iterable"] = (value, _) => value is string or List<object?> or PythonTuple or PythonDict or Undefined,
        ["sequence"] = (value, _) => value is string or List<object?> or PythonTuple or PythonDict or Undefined,
        ["callable"] = (value, _) => value is TemplateFunction or Undefined,
        ["in"] = (value, with) => Operators.Compare("in", value, with.Required(0, "seq"), with.Budget),
        ["sameas"] = (value, with) => IsSame(value, with.Required(0, "other")),
        ["divisibleby"] = (value, with) => Remainder(value, with.Required(0, "num"), with) == 0,
        ["odd"] = (value, with) => Remainder(value, 2L, with) == 1,
        ["even"] = (value, with) => Remainder(value, 2L, with) == 0,
        ["upper"] = (value, _) => StringMethods.Find("isupper")!(PythonText.Of(value), null!) is true,
        ["lower"] = (value, _) => StringMethods.Find("islower")!(PythonText.Of(value), null!) is true,
        ["eq"] = Comparing("=="),
        ["equalto"] = Comparing("=="),
        ["ne"] = Comparing("!="),
        ["lt"] = Comparing("<"),
        ["lessthan"] = Comparing("<"),
        ["le"] = Comparing("<="),
        ["gt"] = Comparing(">"),
        ["greaterthan"] = Comparing(">"),
        ["ge"] = Comparing(">="),
        ["=="] = Comparing("=="),
        ["!="] = Comparing("!="),
        ["<"] = Comparing("<"),
        ["<="] = Comparing("<="),
        [">"] = Comparing(">"),
        [">="] = Comparing(">="),
    };

    /// <summary>The names of all tests, for errors.</summary>
    public static string Names { get; } = string.Join(", ", All.Keys.Order(StringComparer.Ordinal));

    /// <summary>True when there is a test of that name.</summary>
    public static bool IsKnown(string name) => All.ContainsKey(name);

    /// <summary>Whether the value passes the test.</summary>
    public static bool Apply(string name, object? value, Arguments arguments) => All[name](value, arguments);

    private static Func<object?, Arguments, bool> Comparing(string op) =>
        (value, with) => Operators.Compare(op, value, with.Required(0, "other"), with.Budget);

    private static bool IsSame(object? value, object? other) =>
        value is null or bool or long ? Equals(value, other) : ReferenceEquals(value, other);

    private static long Remainder(object? value, object? divisor, Arguments with) =>
        Operators.Apply("%", value, divisor, with.Budget) is long rest
            ? rest
            : throw with.Budget.Error($"expected whole numbers, got {PythonText.TypeName(value)}");
}
