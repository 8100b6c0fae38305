using System.Text;

namespace Gaudi.Tests.Layering;

/// <summary>Separates C# code from what is only text.</summary>
internal static class CodeText
{
    /// <summary>Comments and literals become blanks; line breaks stay. Code inside interpolation holes is blanked too.</summary>
    internal static string WithoutCommentsAndStrings(string text)
    {
        var code = new StringBuilder(text);
        for (var i = 0; i < text.Length;)
        {
            var end = TextEnd(text, i);
            for (var blank = i; blank < end; blank++)
            {
                if (code[blank] != '\n')
                    code[blank] = ' ';
            }
            i = Math.Max(end, i + 1);
        }
        return code.ToString();
    }

    /// <summary>Where the comment or literal that starts here ends; the start itself when none starts here.</summary>
    private static int TextEnd(string text, int start)
    {
        var rest = text.AsSpan(start);
        if (rest.StartsWith("//"))
            return EndAt(text, start, "\n", includesEnd: false);
        if (rest.StartsWith("/*"))
            return EndAt(text, start + 2, "*/", includesEnd: true);
        var quotes = rest.Length - rest.TrimStart('"').Length;
        if (quotes >= 3)
            return EndAt(text, start + quotes, new string('"', quotes), includesEnd: true);
        var isVerbatim = rest[0] == '"' && start > 0 && (text[start - 1] == '@' || (start > 1 && text[(start - 2)..start] == "@$"));
        return rest[0] switch
        {
            '"' when isVerbatim => VerbatimEnd(text, start + 1),
            '"' or '\'' => LiteralEnd(text, start + 1, rest[0]),
            _ => start,
        };
    }

    private static int EndAt(string text, int from, string end, bool includesEnd)
    {
        var found = text.IndexOf(end, from, StringComparison.Ordinal);
        return found < 0 ? text.Length : includesEnd ? found + end.Length : found;
    }

    private static int VerbatimEnd(string text, int from)
    {
        while (from < text.Length)
        {
            if (text[from] == '"' && (from + 1 == text.Length || text[from + 1] != '"'))
                return from + 1;
            from += text[from] == '"' ? 2 : 1;
        }
        return from;
    }

    private static int LiteralEnd(string text, int from, char quote)
    {
        while (from < text.Length && text[from] != '\n')
        {
            if (text[from] == quote)
                return from + 1;
            from += text[from] == '\\' ? 2 : 1;
        }
        return Math.Min(from, text.Length);
    }
}
