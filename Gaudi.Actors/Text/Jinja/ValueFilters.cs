using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>Filters on single values.</summary>
internal static class ValueFilters
{
    /// <summary>The value, or the other one when it is undefined (or, if asked, false).</summary>
    public static object? Default(object? value, Arguments with) =>
        value is Undefined || (with.Flag(1, "boolean", absent: false) && !PythonValue.IsTrue(value))
            ? with.At(0, "default_value", "")
            : value;

    /// <summary>The value of a JSON text.</summary>
    public static object? FromJson(object? value, Arguments with)
    {
        try
        {
            return PythonValue.OfJson(JsonNode.Parse(PythonText.Of(value)));
        }
        catch (JsonException cause)
        {
            throw with.Budget.Error($"expected JSON text for from_json ({cause.Message})");
        }
    }

    /// <summary>A whole number, or the default when the value is none.</summary>
    public static object? Whole(object? value, Arguments with)
    {
        var absent = with.At(0, "default", 0L);
        return value switch
        {
            long => value,
            bool truth => truth ? 1L : 0L,
            double real when Math.Abs(real) < long.MaxValue => (long)real,
            string text when long.TryParse(
                text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
            string text when TryReal(text, out var real) && Math.Abs(real) < long.MaxValue => (long)real,
            Undefined undefined => throw with.Budget.Error(undefined.Problem),
            _ => absent,
        };
    }

    /// <summary>A real number, or the default when the value is none.</summary>
    public static object? Real(object? value, Arguments with) => value switch
    {
        double => value,
        long whole => (double)whole,
        bool truth => truth ? 1.0 : 0.0,
        string text when TryReal(text, out var real) => real,
        Undefined undefined => throw with.Budget.Error(undefined.Problem),
        _ => with.At(0, "default", 0.0),
    };

    /// <summary>The amount without its sign.</summary>
    public static object? Absolute(object? value, Arguments with) => value switch
    {
        long and not long.MinValue and var whole => (object)Math.Abs(whole),
        double real => Math.Abs(real),
        bool truth => truth ? 1L : 0L,
        _ => throw with.Budget.Error($"expected a number, got {PythonText.TypeName(value)}"),
    };

    /// <summary>The number rounded to so many digits, half to even, up or down.</summary>
    public static object? Round(object? value, Arguments with)
    {
        var precision = with.Whole(0, "precision", 0);
        if (value is long && with.TextOr(1, "method", "common") == "common")
        {
            return precision >= 0 ? value : throw with.Budget.Error("expected a precision of zero or more");
        }

        var number = Real(value, with) as double? ?? 0;
        var factor = Math.Pow(10, precision);
        return with.TextOr(1, "method", "common") switch
        {
            "common" => precision is >= 0 and <= 15 ? Math.Round(number, (int)precision) : number,
            "ceil" => Math.Ceiling(number * factor) / factor,
            "floor" => Math.Floor(number * factor) / factor,
            var method => throw with.Budget.Error($"expected the method common, ceil or floor, got `{method}`"),
        };
    }

    private static bool TryReal(string text, out double real) =>
        double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out real)
            && double.IsFinite(real);
}
