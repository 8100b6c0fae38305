using System.Globalization;
using System.Text;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>Backslash escapes of Python text.</summary>
internal static class StringEscapes
{
    /// <summary>The text with its escapes resolved; a backslash before any other character stays.</summary>
    public static string Resolve(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var output = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '\\' || at + 1 == text.Length)
            {
                output.Append(text[at]);
                continue;
            }

            at++;
            if (Simple(text[at]) is { } simple)
            {
                output.Append(simple);
            }
            else if (text[at] != '\n' && !TryCode(text, ref at, output))
            {
                output.Append('\\').Append(text[at]);
            }
        }

        return output.ToString();
    }

    private static char? Simple(char escape) => escape switch
    {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\b',
        'f' => '\f',
        'v' => '\v',
        'a' => '\a',
        '0' => '\0',
        '\\' or '\'' or '"' => escape,
        _ => null,
    };

    private static bool TryCode(string text, ref int at, StringBuilder output)
    {
        var digitCount = text[at] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digitCount == 0 || at + digitCount >= text.Length
            || !int.TryParse(
                text.AsSpan(at + 1, digitCount), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                    out var code)
            || !(Rune.IsValid(code) || digitCount == 4))
        {
            return false;
        }

        output.Append(digitCount == 4 ? ((char)code).ToString() : new Rune(code).ToString());
        at += digitCount;
        return true;
    }
}
