using System.Globalization;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>Python's operators on template values.</summary>
internal static class Operators
{
    /// <summary>The result of an arithmetic operator.</summary>
    public static object? Apply(string op, object? left, object? right, RenderBudget budget)
    {
        try
        {
            return (op, left, right) switch
            {
                (_, Undefined undefined, _) => throw budget.Error(undefined.Problem),
                (_, _, Undefined undefined) => throw budget.Error(undefined.Problem),
                ("+", string a, string b) => Joined(a, b, budget),
                ("+", List<object?> a, List<object?> b) => Joined(a, b, budget),
                ("+", PythonTuple a, PythonTuple b) => new PythonTuple([.. Joined([.. a.Items], [.. b.Items], budget)]),
                ("*", string or List<object?> or PythonTuple, long or bool) => Repeated(left, Whole(right), budget),
                ("*", long or bool, string or List<object?> or PythonTuple) => Repeated(right, Whole(left), budget),
                ("%", string format, _) => PercentFormat.Apply(format, right, budget),
                (_, long or bool, long or bool) => Calculate(op, Whole(left), Whole(right), budget),
                (_, long or bool or double, long or bool or double) => Calculate(op, Real(left), Real(right), budget),
                _ => throw budget.Error(
                    $"expected operands that `{op}` can join, "
                    + $"got {PythonText.TypeName(left)} and {PythonText.TypeName(right)}"),
            };
        }
        catch (OverflowException)
        {
            throw budget.Error($"expected a result of 64 bits from `{op}`, got a larger one");
        }
    }

    /// <summary>True when `left op right` holds.</summary>
    public static bool Compare(string op, object? left, object? right, RenderBudget budget) => op switch
    {
        "==" => PythonEquality.Instance.Equals(left, right),
        "!=" => !PythonEquality.Instance.Equals(left, right),
        "in" => Contains(right, left, budget),
        "not in" => !Contains(right, left, budget),
        "<" => Order(left, right, budget) < 0,
        "<=" => Order(left, right, budget) <= 0,
        ">" => Order(left, right, budget) > 0,
        _ => Order(left, right, budget) >= 0,
    };

    /// <summary>Negative, zero or positive, as Python orders the two.</summary>
    public static int Order(object? left, object? right, RenderBudget budget)
    {
        budget.Step();
        return (left, right) switch
        {
            (string a, string b) => string.CompareOrdinal(a, b),
            (long or bool, long or bool) => Whole(left).CompareTo(Whole(right)),
            (long or bool or double, long or bool or double) => Real(left).CompareTo(Real(right)),
            (List<object?> a, List<object?> b) => OrderItems(a, b, budget),
            (PythonTuple a, PythonTuple b) => OrderItems(a.Items, b.Items, budget),
            (Undefined undefined, _) => throw budget.Error(undefined.Problem),
            (_, Undefined undefined) => throw budget.Error(undefined.Problem),
            _ => throw budget.Error(
                $"expected values that have an order, "
                + $"got {PythonText.TypeName(left)} and {PythonText.TypeName(right)}"),
        };
    }

    private static bool Contains(object? container, object? item, RenderBudget budget)
    {
        switch (container)
        {
            case string text:
                budget.Work(text.Length);
                return item is string part
                    ? text.Contains(part, StringComparison.Ordinal)
                    : throw budget.Error($"expected text to look for in text, got {PythonText.TypeName(item)}");
            case PythonDict dict:
                return dict.TryGet(item, out _);
            default:
                return PythonValue.Items(container, budget).Contains(item, PythonEquality.Instance);
        }
    }

    private static int OrderItems(IReadOnlyList<object?> left, IReadOnlyList<object?> right, RenderBudget budget)
    {
        for (var index = 0; index < Math.Min(left.Count, right.Count); index++)
        {
            if (!PythonEquality.Instance.Equals(left[index], right[index]))
            {
                return Order(left[index], right[index], budget);
            }
        }

        return left.Count.CompareTo(right.Count);
    }

    private static string Joined(string left, string right, RenderBudget budget)
    {
        budget.Size((long)left.Length + right.Length);
        return left + right;
    }

    private static List<object?> Joined(List<object?> left, List<object?> right, RenderBudget budget)
    {
        budget.Size((long)left.Count + right.Count);
        return [.. left, .. right];
    }

    private static object Repeated(object? value, long count, RenderBudget budget)
    {
        count = Math.Max(0, count);
        var length = value is string text ? text.Length : PythonValue.Length(value, budget);
        budget.Size(length == 0 ? 0 : count > int.MaxValue ? count : length * count);
        if (length == 0)
        {
            return value!;
        }

        if (value is string part)
        {
            return new System.Text.StringBuilder().Insert(0, part, (int)count).ToString();
        }

        var items = Enumerable.Repeat(PythonValue.Items(value, budget), (int)count).SelectMany(item => item);
        return value is PythonTuple ? new PythonTuple([.. items]) : items.ToList();
    }

    private static object Calculate(string op, long left, long right, RenderBudget budget) => op switch
    {
        "+" => checked(left + right),
        "-" => checked(left - right),
        "*" => checked(left * right),
        "/" => (double)left / NotZero(right, budget),
        "//" => Math.DivRem(left, NotZero(right, budget)) is var (quotient, rest) && rest != 0 && rest < 0 != right < 0
            ? quotient - 1
            : checked(left / right),
        "%" => right == -1 ? 0L : (left % NotZero(right, budget) + right) % right,
        _ => right >= 0 ? Power(left, right) : Math.Pow(left, right),
    };

    private static object Calculate(string op, double left, double right, RenderBudget budget) => op switch
    {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => right == 0 ? throw ZeroDivision(budget) : left / right,
        "//" => right == 0 ? throw ZeroDivision(budget) : Math.Floor(left / right),
        "%" => right == 0 ? throw ZeroDivision(budget) : left - right * Math.Floor(left / right),
        _ => Math.Pow(left, right),
    };

    private static object Power(long left, long right)
    {
        var result = System.Numerics.BigInteger.Pow(
            left, (int)Math.Min(right, 64 + (left is >= -1 and <= 1 ? right % 2 : 0)));
        return checked((long)result);
    }

    private static long NotZero(long value, RenderBudget budget) => value == 0 ? throw ZeroDivision(budget) : value;

    private static ChatTemplateException ZeroDivision(RenderBudget budget) =>
        budget.Error("expected a divisor other than zero, got zero");

    private static long Whole(object? value) => value is bool truth ? truth ? 1 : 0 : (long)value!;

    private static double Real(object? value) =>
        value is double real ? real : Convert.ToDouble(value, CultureInfo.InvariantCulture);
}
