using System.Text;

namespace Gaudi.Actors.Text;

/// <summary>Rewrites what the regular expressions of tokenizer files may use and .NET spells differently.</summary>
/// <remarks>Possessive quantifiers `x?+ x*+ x++` become atomic groups; `\p{Han}` and `\h` become ranges.</remarks>
internal static class RegexDialect
{
    private const string Han =
        @"\u2E80-\u2FDF\u3005\u3007\u3021-\u3029\u3038-\u303B\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF";

    /// <summary>The same expression in .NET's dialect.</summary>
    public static string ToDotNet(string expression)
    {
        var output = new StringBuilder(expression.Length);
        var groupStarts = new Stack<int>();
        var atomStart = 0;
        var isGroupOpening = false;
        for (var at = 0; at < expression.Length;)
        {
            var wasOpenBracket = expression[at] == '(';
            switch (expression[at])
            {
                case '(':
                    groupStarts.Push(output.Length);
                    output.Append(expression[at++]);
                    break;
                case ')':
                    atomStart = groupStarts.Count > 0 ? groupStarts.Pop() : output.Length;
                    output.Append(expression[at++]);
                    break;
                case '[':
                    atomStart = output.Length;
                    at = CopyClass(expression, at, output);
                    break;
                case '?' or '*' or '+' when !isGroupOpening:
                    output.Append(expression[at++]);
                    if (at < expression.Length && expression[at] == '+')
                    {
                        output.Insert(atomStart, "(?>").Append(')');
                        at++;
                    }

                    break;
                case '{':
                    while (at < expression.Length && expression[at] != '}')
                    {
                        output.Append(expression[at++]);
                    }

                    break;
                case '\\':
                    atomStart = output.Length;
                    at = CopyEscape(expression, at, output, isInClass: false);
                    break;
                default:
                    atomStart = expression[at] == '}' ? atomStart : output.Length;
                    output.Append(expression[at++]);
                    break;
            }

            isGroupOpening = wasOpenBracket;
        }

        return output.ToString();
    }

    private static int CopyClass(string expression, int at, StringBuilder output)
    {
        output.Append(expression[at++]);
        for (var isFirst = true; at < expression.Length; isFirst = false)
        {
            if (expression[at] == ']' && !isFirst)
            {
                output.Append(expression[at++]);
                break;
            }

            if (expression[at] == '\\')
            {
                at = CopyEscape(expression, at, output, isInClass: true);
                continue;
            }

            if (expression[at] == '[')
            {
                output.Append('\\'); // A bare bracket inside a class would begin a subtraction in .NET.
            }

            output.Append(expression[at++]);
        }

        return at;
    }

    private static int CopyEscape(string expression, int at, StringBuilder output, bool isInClass)
    {
        var rest = expression.AsSpan(at);
        if (rest.StartsWith(@"\p{Han}") || rest.StartsWith(@"\p{Script=Han}"))
        {
            output.Append(isInClass ? Han : $"[{Han}]");
            return at + rest.IndexOf('}') + 1;
        }

        if (rest.StartsWith(@"\p{") || rest.StartsWith(@"\P{"))
        {
            var length = rest.IndexOf('}') + 1;
            output.Append(rest[..length]);
            return at + length;
        }

        if (rest.StartsWith(@"\h"))
        {
            output.Append(isInClass ? "0-9a-fA-F" : "[0-9a-fA-F]");
            return at + 2;
        }

        output.Append(rest[..Math.Min(2, rest.Length)]);
        return at + Math.Min(2, rest.Length);
    }
}
