using System.Globalization;
using System.Text;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>The methods of text.</summary>
internal static class StringMethods
{
    private static readonly Dictionary<string, Func<string, Arguments, object?>> All = new(StringComparer.Ordinal)
    {
        ["strip"] = (text, with) => Stripped(text, with, isLeft: true, isRight: true),
        ["lstrip"] = (text, with) => Stripped(text, with, isLeft: true, isRight: false),
        ["rstrip"] = (text, with) => Stripped(text, with, isLeft: false, isRight: true),
        ["split"] = (text, with) => Split(text, with, fromRight: false),
        ["rsplit"] = (text, with) => Split(text, with, fromRight: true),
        ["splitlines"] = (text, with) => SplitLines(text, with.Flag(0, "keepends", absent: false)),
        ["startswith"] = (text, with) => Any(with, part => text.StartsWith(part, StringComparison.Ordinal)),
        ["endswith"] = (text, with) => Any(with, part => text.EndsWith(part, StringComparison.Ordinal)),
        ["replace"] = (text, with) => Replace(
            text, with.Text(0, "old"), with.Text(1, "new"), with.Whole(2, "count", -1), with.Budget),
        ["upper"] = (text, _) => Upper(text),
        ["lower"] = (text, _) => Lower(text),
        ["capitalize"] = (text, _) => Capitalize(text),
        ["title"] = (text, _) => Title(text),
        ["find"] = (text, with) => (long)text.IndexOf(with.Text(0, "sub"), StringComparison.Ordinal),
        ["rfind"] = (text, with) => (long)text.LastIndexOf(with.Text(0, "sub"), StringComparison.Ordinal),
        ["count"] = (text, with) => Count(text, with.Text(0, "sub")),
        ["join"] = (text, with) =>
            Join(text, PythonValue.Items(with.Required(0, "iterable"), with.Budget), with.Budget),
        ["isdigit"] = (text, _) => text.Length > 0 && text.EnumerateRunes().All(Rune.IsDigit),
        ["isalpha"] = (text, _) => text.Length > 0 && text.EnumerateRunes().All(Rune.IsLetter),
        ["isalnum"] = (text, _) => text.Length > 0 && text.EnumerateRunes().All(Rune.IsLetterOrDigit),
        ["isspace"] = (text, _) => text.Length > 0 && text.EnumerateRunes().All(Rune.IsWhiteSpace),
        ["isupper"] = (text, _) => text.Any(char.IsUpper) && !text.Any(char.IsLower),
        ["islower"] = (text, _) => text.Any(char.IsLower) && !text.Any(char.IsUpper),
        ["removeprefix"] = (text, with) => with.Text(0, "prefix") is var prefix
            && text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text,
        ["removesuffix"] = (text, with) => with.Text(0, "suffix") is var suffix
            && text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text,
        ["partition"] = (text, with) => Partition(text, with.Text(0, "sep")),
        ["format"] = BraceFormat.Apply,
    };

    /// <summary>The method of that name, or null.</summary>
    public static Func<string, Arguments, object?>? Find(string name) => All.GetValueOrDefault(name);

    /// <summary>Python's `replace`; a negative count replaces all.</summary>
    public static string Replace(string text, string old, string by, long countMax, RenderBudget budget)
    {
        budget.Work(text.Length);
        var output = new StringBuilder();
        var at = 0;
        for (var count = 0L; count != countMax; count++)
        {
            // An empty old text matches before every character and at the end.
            var next = old.Length > 0 ? text.IndexOf(old, at, StringComparison.Ordinal) : at + (count > 0 ? 1 : 0);
            if (next < 0 || next > text.Length)
            {
                break;
            }

            budget.Step();
            budget.Fits(output.Length + (long)(next - at) + by.Length);
            output.Append(text, at, next - at).Append(by);
            at = next + old.Length;
        }

        budget.Size(output.Length + (long)(text.Length - at));
        return output.Append(text, at, text.Length - at).ToString();
    }

    /// <summary>The items' texts with a separator between; every item must be text, as in Python's `join`.</summary>
    public static string Join(string separator, List<object?> items, RenderBudget budget)
    {
        var texts = items.Select(item => item as string
            ?? throw budget.Error($"expected texts to join, got {PythonText.TypeName(item)}")).ToList();
        budget.Size(texts.Sum(text => (long)text.Length + separator.Length));
        return string.Join(separator, texts);
    }

    /// <summary>Upper case; the German sharp s becomes two letters.</summary>
    public static string Upper(string text) => text.Replace("ß", "SS", StringComparison.Ordinal).ToUpperInvariant();

    /// <summary>Lower case; U+0130 becomes two characters.</summary>
    public static string Lower(string text) =>
        text.Replace("\u0130", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>First character in upper case, the rest in lower case.</summary>
    public static string Capitalize(string text) =>
        text.Length == 0 ? text : (text[0] == 'ß' ? "Ss" : Upper(text[..1])) + Lower(text[1..]);

    private static string Title(string text)
    {
        var output = new StringBuilder(text.Length);
        var isInWord = false;
        foreach (var character in text)
        {
            output.Append(isInWord ? char.ToLowerInvariant(character) : char.ToUpperInvariant(character));
            isInWord = char.IsLetter(character);
        }

        return output.ToString();
    }

    private static string Stripped(string text, Arguments with, bool isLeft, bool isRight)
    {
        var characters = with.At(0, "chars") is null ? null : with.Text(0, "chars").ToCharArray();
        with.Budget.Work(text.Length);
        text = !isLeft ? text : characters is null ? text.TrimStart() : TrimAny(text, characters, isStart: true);
        return !isRight ? text : characters is null ? text.TrimEnd() : TrimAny(text, characters, isStart: false);
    }

    // string.Trim with no characters would trim white space, where Python trims nothing.
    private static string TrimAny(string text, char[] characters, bool isStart) =>
        characters.Length == 0 ? text : isStart ? text.TrimStart(characters) : text.TrimEnd(characters);

    private static bool Any(Arguments with, Func<string, bool> isMatch) => with.Required(0, "affix") switch
    {
        PythonTuple tuple => tuple.Items.OfType<string>().Any(isMatch),
        _ => isMatch(with.Text(0, "affix")),
    };

    private static long Count(string text, string part)
    {
        var count = 0L;
        for (var at = 0; part.Length > 0
            && (at = text.IndexOf(part, at, StringComparison.Ordinal)) >= 0; at += part.Length)
        {
            count++;
        }

        return part.Length == 0 ? PythonString.Length(text) + 1 : count;
    }

    private static PythonTuple Partition(string text, string separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0
            ? new PythonTuple([text, "", ""])
            : new PythonTuple([text[..at], separator, text[(at + separator.Length)..]]);
    }

    private static List<object?> Split(string text, Arguments with, bool fromRight)
    {
        var countMax = with.Whole(1, "maxsplit", -1);
        var separator = with.At(0, "sep") is null ? null : with.Text(0, "sep");
        with.Budget.Work(text.Length);
        if (separator == "")
        {
            throw with.Budget.Error("expected a separator of at least one character, got none");
        }

        var parts = new List<object?>();
        var rest = separator is not null ? text : fromRight ? text.TrimEnd() : text.TrimStart();
        while (countMax < 0 || parts.Count < countMax)
        {
            if (Cut(rest, separator, fromRight) is not var (start, end))
            {
                break;
            }

            parts.Add(fromRight ? rest[end..] : rest[..start]);
            rest = fromRight ? rest[..start] : rest[end..];
            with.Budget.Work(rest.Length);
        }

        if (separator is not null || rest.Length > 0)
        {
            parts.Add(rest);
        }

        if (fromRight)
        {
            parts.Reverse();
        }

        return parts;
    }

    private static (int Start, int End)? Cut(string text, string? separator, bool fromRight)
    {
        if (separator is not null)
        {
            var at = fromRight
                ? text.LastIndexOf(separator, StringComparison.Ordinal)
                : text.IndexOf(separator, StringComparison.Ordinal);
            return at < 0 ? null : (at, at + separator.Length);
        }

        var space = fromRight ? text.Length - 1 : 0;
        while (space >= 0 && space < text.Length && !char.IsWhiteSpace(text[space]))
        {
            space += fromRight ? -1 : 1;
        }

        if (space < 0 || space >= text.Length)
        {
            return null;
        }

        return fromRight
            ? (text[..space].TrimEnd().Length, space + 1)
            : (space, text.Length - text[space..].TrimStart().Length);
    }

    private static List<object?> SplitLines(string text, bool keepsEnds)
    {
        var lines = new List<object?>();
        for (var at = 0; at < text.Length;)
        {
            var end = text.AsSpan(at).IndexOfAny('\n', '\r') is >= 0 and var offset ? at + offset : text.Length;
            var next = end < text.Length && text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n'
                ? end + 2
                : Math.Min(end + 1, text.Length);
            lines.Add(text[at..(keepsEnds ? next : end)]);
            at = next;
        }

        return lines;
    }
}
