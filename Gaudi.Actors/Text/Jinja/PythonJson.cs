using System.Globalization;
using System.Text;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>Python's `json.dumps`, which the `tojson` filter of transformers is: nothing is escaped for HTML.</summary>
internal sealed class PythonJson(
    bool isAscii, string? indent, string itemSeparator, string keySeparator, bool sortsKeys, RenderBudget budget)
{
    private readonly StringBuilder _output = new();

    /// <summary>The JSON text that the filter's arguments ask for.</summary>
    public static string Write(object? value, Arguments with)
    {
        var indent = with.At(1, "indent") switch
        {
            null => null,
            string text => text,
            _ => new string(' ', (int)Math.Clamp(with.Whole(1, "indent", 0), 0, 64)),
        };
        var separators = with.At(2, "separators") is { } given ? PythonValue.Items(given, with.Budget) : [];
        var json = new PythonJson(
            with.Flag(0, "ensure_ascii", absent: false),
            indent,
            separators.Count == 2 ? PythonText.Of(separators[0]) : indent is null ? ", " : ",",
            separators.Count == 2 ? PythonText.Of(separators[1]) : ": ",
            with.Flag(3, "sort_keys", absent: false),
            with.Budget);
        json.Append(value, depth: 0);
        return json._output.ToString();
    }

    private void Append(object? value, int depth)
    {
        budget.Step();
        switch (value)
        {
            case string text:
                AppendText(text);
                break;
            case List<object?> list:
                AppendItems('[', ']', list, item => Append(item, depth + 1), depth);
                break;
            case PythonTuple tuple:
                AppendItems('[', ']', [.. tuple.Items], item => Append(item, depth + 1), depth);
                break;
            case PythonDict dict:
                AppendDict(dict, depth);
                break;
            default:
                _output.Append(Scalar(value));
                break;
        }

        budget.Fits(_output.Length);
    }

    private void AppendDict(PythonDict dict, int depth)
    {
        var items = dict.Items.Select(item => (Key: KeyText(item.Key), item.Value));
        var ordered = sortsKeys ? items.OrderBy(item => item.Key, StringComparer.Ordinal) : items;
        AppendItems('{', '}', ordered.ToList(), item =>
        {
            AppendText(item.Key);
            _output.Append(keySeparator);
            Append(item.Value, depth + 1);
        }, depth);
    }

    private void AppendItems<T>(char open, char close, List<T> items, Action<T> append, int depth)
    {
        _output.Append(open);
        for (var index = 0; index < items.Count; index++)
        {
            _output.Append(index > 0 ? itemSeparator : "");
            NewLine(depth + 1);
            append(items[index]);
        }

        if (items.Count > 0)
        {
            NewLine(depth);
        }

        _output.Append(close);
    }

    private void NewLine(int depth)
    {
        if (indent is not null)
        {
            _output.Append('\n');
            for (var level = 0; level < depth; level++)
            {
                _output.Append(indent);
            }
        }
    }

    private string Scalar(object? value) => value switch
    {
        null => "null",
        bool truth => truth ? "true" : "false",
        long whole => whole.ToString(CultureInfo.InvariantCulture),
        double real when double.IsFinite(real) => PythonText.OfReal(real),
        double real => double.IsNaN(real) ? "NaN" : real > 0 ? "Infinity" : "-Infinity",
        _ => throw budget.Error($"expected a value that JSON can write, got {PythonText.TypeName(value)}"),
    };

    private string KeyText(object? key) => key switch
    {
        string text => text,
        null or bool or long or double => Scalar(key),
        _ => throw budget.Error($"expected a key that JSON can write, got {PythonText.TypeName(key)}"),
    };

    private void AppendText(string text)
    {
        _output.Append('"');
        foreach (var character in text)
        {
            _output.Append(character switch
            {
                '"' => "\\\"",
                '\\' => @"\\",
                '\n' => @"\n",
                '\r' => @"\r",
                '\t' => @"\t",
                '\b' => @"\b",
                '\f' => @"\f",
                < ' ' => $@"\u{(int)character:x4}",
                > '~' when isAscii => $@"\u{(int)character:x4}",
                _ => null,
            } ?? character.ToString());
        }

        _output.Append('"');
    }
}
