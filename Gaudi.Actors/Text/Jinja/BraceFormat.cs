using System.Globalization;
using System.Text;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>Python's `text.format(...)` with {}, {0} and {name}; format specifications are refused.</summary>
internal static class BraceFormat
{
    /// <summary>The format with its fields filled.</summary>
    public static object Apply(string format, Arguments with)
    {
        var output = new StringBuilder(format.Length);
        var next = 0;
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] is '{' or '}' && at + 1 < format.Length && format[at + 1] == format[at])
            {
                output.Append(format[at++]);
            }
            else if (format[at] == '{')
            {
                var end = format.IndexOf('}', at);
                if (end < 0)
                {
                    throw with.Budget.Error($"expected `}}` to close a field of the format `{format}`");
                }

                output.Append(PythonText.Of(Field(format[(at + 1)..end], with, ref next)));
                at = end;
            }
            else
            {
                output.Append(format[at]);
            }

            with.Budget.Fits(output.Length);
        }

        return output.ToString();
    }

    private static object? Field(string name, Arguments with, ref int next)
    {
        var isNumber = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index);
        if (name.Length == 0 || isNumber)
        {
            index = isNumber ? index : next++;
            return index < with.Positional.Length
                ? with.Positional[index]
                : throw with.Budget.Error($"expected more than {with.Positional.Length} values for the format");
        }

        return with.Named.Any(item => item.Name == name)
            ? with.At(int.MaxValue, name)
            : throw with.Budget.Error(
                $"expected a field of the form {{}}, {{0}} or {{name}} with its value, got {{{name}}}");
    }
}
