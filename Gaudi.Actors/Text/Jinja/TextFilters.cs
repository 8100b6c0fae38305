using System.Text;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>Filters on text that are no methods of text.</summary>
internal static class TextFilters
{
    /// <summary>Each word begins in upper case; words are parted by spaces, hyphens and opening brackets.</summary>
    public static string Title(string text)
    {
        var output = new StringBuilder(text.Length);
        var isWordStart = true;
        foreach (var character in text)
        {
            output.Append(isWordStart ? char.ToUpperInvariant(character) : char.ToLowerInvariant(character));
            isWordStart = character is '-' or '(' or '{' or '[' or '<' || char.IsWhiteSpace(character);
        }

        return output.ToString();
    }

    /// <summary>Every line but the first moved right, and on request the first and blank lines too.</summary>
    public static object Indent(object? value, Arguments with)
    {
        var indent = with.At(0, "width", 4L) is string given
            ? given
            : new string(' ', (int)Math.Clamp(with.Whole(0, "width", 4), 0, 1000));
        var isFirstMoved = with.Flag(1, "first", absent: false);
        var areBlankMoved = with.Flag(2, "blank", absent: false);
        var lines = (PythonText.Of(value) + "\n").Split('\n')[..^1];
        with.Budget.Size(PythonText.Of(value).Length + (long)lines.Length * indent.Length);
        var moved = lines
            .Select((line, index) => index == 0 ? line : line.Length > 0 || areBlankMoved ? indent + line : line);
        return (isFirstMoved ? indent : "") + string.Join('\n', moved);
    }

    /// <summary>Number of words of letters, digits and underscores.</summary>
    public static object WordCount(string text)
    {
        var count = 0L;
        var wasWord = false;
        foreach (var character in text)
        {
            var isWord = char.IsLetterOrDigit(character) || character == '_';
            count += isWord && !wasWord ? 1 : 0;
            wasWord = isWord;
        }

        return count;
    }

    /// <summary>The text with the five characters of HTML escaped.</summary>
    public static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal)
        .Replace("\"", "&#34;", StringComparison.Ordinal);
}
