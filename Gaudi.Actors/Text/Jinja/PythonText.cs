using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>How Python writes values: `str` for output, `repr` inside containers.</summary>
internal static class PythonText
{
    /// <summary>Python's `str`.</summary>
    public static string Of(object? value) => value switch
    {
        string text => text,
        Undefined => "",
        _ => Repr(value),
    };

    /// <summary>Python's `repr`.</summary>
    public static string Repr(object? value)
    {
        var output = new StringBuilder();
        Write(value, output);
        return output.ToString();
    }

    /// <summary>The name of a value's type in errors.</summary>
    public static string TypeName(object? value) => value switch
    {
        null => "None",
        string => "text",
        bool => "a truth value",
        long => "a whole number",
        double => "a number",
        List<object?> => "a list",
        PythonTuple => "a tuple",
        PythonDict => "a dictionary",
        Undefined undefined => undefined.Problem,
        TemplateFunction => "a function",
        _ => "an object",
    };

    /// <summary>The shortest digits that read back as the same number, in Python's layout.</summary>
    public static string OfReal(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        var shortest = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        var (digits, exponent) = Scientific(shortest);
        var sign = double.IsNegative(value) ? "-" : "";
        if (digits.Length == 0)
        {
            return sign + "0.0";
        }

        if (exponent is < -4 or >= 16)
        {
            var fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return $"{sign}{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }

        if (exponent < 0)
        {
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        }

        var padded = digits.PadRight(exponent + 2, '0');
        return $"{sign}{padded[..(exponent + 1)]}.{padded[(exponent + 1)..]}";
    }

    /// <summary>The digits without zeros at the ends, and the power of ten of the first of them.</summary>
    private static (string Digits, int Exponent) Scientific(string shortest)
    {
        var parts = shortest.Split('E');
        var point = parts[0].IndexOf('.') is >= 0 and var at ? at : parts[0].Length;
        var all = parts[0].Replace(".", "", StringComparison.Ordinal);
        var zeros = all.Length - all.TrimStart('0').Length;
        var exponent = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0;
        return (all.Trim('0'), exponent + point - 1 - zeros);
    }

    private static void Write(object? value, StringBuilder output)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (value)
        {
            case string text:
                WriteQuoted(text, output);
                break;
            case List<object?> list:
                WriteItems(list, '[', ']', output);
                break;
            case PythonTuple tuple:
                WriteItems(tuple.Items, '(', ')', output);
                output.Insert(output.Length - 1, tuple.Items.Length == 1 ? "," : "");
                break;
            case PythonDict dict:
                WriteDict(dict, output);
                break;
            default:
                output.Append(value switch
                {
                    null => "None",
                    bool truth => truth ? "True" : "False",
                    long whole => whole.ToString(CultureInfo.InvariantCulture),
                    double real => OfReal(real),
                    Undefined => "Undefined",
                    TemplateFunction function => $"<function {function.Name}>",
                    _ => "<object>",
                });
                break;
        }
    }

    private static void WriteItems(IEnumerable<object?> items, char open, char close, StringBuilder output)
    {
        output.Append(open);
        var separator = "";
        foreach (var item in items)
        {
            output.Append(separator);
            Write(item, output);
            separator = ", ";
        }

        output.Append(close);
    }

    private static void WriteDict(PythonDict dict, StringBuilder output)
    {
        output.Append('{');
        var separator = "";
        foreach (var (key, value) in dict.Items)
        {
            output.Append(separator);
            Write(key, output);
            output.Append(": ");
            Write(value, output);
            separator = ", ";
        }

        output.Append('}');
    }

    private static void WriteQuoted(string text, StringBuilder output)
    {
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal)
            ? '"' : '\'';
        output.Append(quote);
        foreach (var rune in text.EnumerateRunes())
        {
            output.Append(rune.Value switch
            {
                '\\' => @"\\",
                '\n' => @"\n",
                '\r' => @"\r",
                '\t' => @"\t",
                _ when rune.Value == quote => $"\\{quote}",
                _ when IsPrintable(rune) => rune.ToString(),
                < 0x100 => $@"\x{rune.Value:x2}",
                < 0x10000 => $@"\u{rune.Value:x4}",
                _ => $@"\U{rune.Value:x8}",
            });
        }

        output.Append(quote);
    }

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.SpaceSeparator);
}
