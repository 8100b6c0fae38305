using System.Globalization;
using System.Text;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>Python's `text % values` with %s, %d, %f and %%; other directives are refused.</summary>
internal static class PercentFormat
{
    /// <summary>The format with its directives filled from a tuple or a single value.</summary>
    public static string Apply(string format, object? values, RenderBudget budget)
    {
        var items = values is PythonTuple tuple ? tuple.Items : [values];
        var used = 0;
        var output = new StringBuilder(format.Length);
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%' || at + 1 == format.Length)
            {
                output.Append(format[at]);
                continue;
            }

            var directive = format[++at];
            if (directive == '%')
            {
                output.Append('%');
            }
            else if (used < items.Length)
            {
                output.Append(Text(directive, items[used++], budget));
            }
            else
            {
                throw budget.Error($"expected more values for the format `{format}`");
            }

            budget.Fits(output.Length);
        }

        return used == items.Length || values is PythonDict
            ? output.ToString()
            : throw budget.Error($"expected {used} values for the format `{format}`, got {items.Length}");
    }

    private static string Text(char directive, object? value, RenderBudget budget) => (directive, value) switch
    {
        ('s', _) => PythonText.Of(value),
        ('d', long whole) => whole.ToString(CultureInfo.InvariantCulture),
        ('d', bool truth) => truth ? "1" : "0",
        ('d', double real) => ((long)real).ToString(CultureInfo.InvariantCulture),
        ('f', long whole) => ((double)whole).ToString("F6", CultureInfo.InvariantCulture),
        ('f', double real) => real.ToString("F6", CultureInfo.InvariantCulture),
        _ => throw budget.Error(
            $"expected %s, %d or %f with a value that fits, got %{directive} with {PythonText.TypeName(value)}"),
    };
}
