using System.Text.RegularExpressions;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>
/// Cuts a template into tokens, with trim_blocks and lstrip_blocks on and one final line break dropped.
/// </summary>
internal sealed partial class TemplateLexer
{
    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _at;
    private int _line = 1;
    private int _lineCountedTo;
    private bool _isLineStart = true;

    private TemplateLexer(string source) => _source = source;

    /// <summary>The tokens of the source, closed by an End.</summary>
    /// <exception cref="ChatTemplateException">A tag, comment or text is not closed, or a character is
    /// unknown.</exception>
    public static List<Token> Read(string source)
    {
        var text = source.ReplaceLineEndings("\n");
        var lexer = new TemplateLexer(text.EndsWith('\n') ? text[..^1] : text);
        lexer.ReadAll();
        return lexer._tokens;
    }

    private void ReadAll()
    {
        while (_at < _source.Length)
        {
            var start = NextTag();
            if (start < 0)
            {
                AddText(_source[_at..]);
                _at = _source.Length;
                break;
            }

            ReadTag(start);
        }

        _tokens.Add(new Token(TokenKind.End, "", LineAt(_source.Length)));
    }

    private int NextTag()
    {
        for (var at = _source.IndexOf('{', _at); at >= 0 && at + 1 < _source.Length; at = _source.IndexOf('{', at + 1))
        {
            if (_source[at + 1] is '{' or '%' or '#')
            {
                return at;
            }
        }

        return -1;
    }

    private void ReadTag(int start)
    {
        var kind = _source[start + 1];
        var sign = start + 2 < _source.Length && _source[start + 2] is '-' or '+' ? _source[start + 2] : ' ';
        AddText(Stripped(_source[_at..start], sign, isBlock: kind != '{'));
        if (kind == '%' && RawBegin().Match(_source, start) is { Success: true } raw)
        {
            ReadRaw(start, start + raw.Length);
            return;
        }

        _at = start + (sign == ' ' ? 2 : 3);
        switch (kind)
        {
            case '#':
                SkipComment(start);
                break;
            case '{':
                ReadExpression(start, TokenKind.OutputBegin, TokenKind.OutputEnd, "}}");
                break;
            default:
                ReadExpression(start, TokenKind.BlockBegin, TokenKind.BlockEnd, "%}");
                break;
        }
    }

    private string Stripped(string text, char sign, bool isBlock)
    {
        if (sign == '-')
        {
            return text.TrimEnd();
        }

        var lineStart = text.LastIndexOf('\n') + 1;
        return sign != '+' && isBlock && (lineStart > 0 || _isLineStart) && text.AsSpan(lineStart).Trim().IsEmpty
            ? text[..lineStart]
            : text;
    }

    private void SkipComment(int start)
    {
        var end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0)
        {
            throw Error(start, "a closing `#}` for this comment");
        }

        var sign = end > _at && _source[end - 1] is '-' or '+' ? _source[end - 1] : ' ';
        Close(end + 2, sign, trimsLine: true);
    }

    private void ReadRaw(int start, int bodyStart)
    {
        // `-%}` of the opening tag has already taken the white space that follows it.
        var end = RawEnd().Match(_source, bodyStart);
        if (!end.Success)
        {
            throw Error(start, "a closing `{% endraw %}`");
        }

        var sign = end.Groups[1].Value is [var first] ? first : ' ';
        _isLineStart = _source[bodyStart - 1] == '\n';
        _at = bodyStart;
        AddText(Stripped(_source[bodyStart..end.Index], sign, isBlock: true));
        var closing = end.Groups[2].Value is [var last] ? last : ' ';
        Close(end.Index + end.Length, closing, trimsLine: true);
    }

    private void ReadExpression(int start, TokenKind begin, TokenKind end, string closing)
    {
        Add(begin, "", start);
        var brackets = new Stack<char>();
        while (true)
        {
            while (_at < _source.Length && char.IsWhiteSpace(_source[_at]))
            {
                _at++;
            }

            if (_at >= _source.Length)
            {
                throw Error(start, $"a closing `{closing}`");
            }

            if (brackets.Count == 0 && ClosingAt(closing) is var (length, sign))
            {
                Add(end, "", _at);
                Close(_at + length, sign, trimsLine: end == TokenKind.BlockEnd);
                return;
            }

            ReadOne(brackets);
        }
    }

    private (int Length, char Sign)? ClosingAt(string closing)
    {
        var rest = _source.AsSpan(_at);
        if (rest.StartsWith(closing))
        {
            return (2, ' ');
        }

        var isSigned = rest[0] == '-' || (rest[0] == '+' && closing == "%}");
        return isSigned && rest[1..].StartsWith(closing) ? (3, rest[0]) : null;
    }

    private void Close(int end, char sign, bool trimsLine)
    {
        if (sign == '-')
        {
            while (end < _source.Length && char.IsWhiteSpace(_source[end]))
            {
                end++;
            }
        }
        else if (sign == ' ' && trimsLine && end < _source.Length && _source[end] == '\n')
        {
            end++;
        }

        _at = end;
        _isLineStart = _source[end - 1] == '\n';
    }

    private void ReadOne(Stack<char> brackets)
    {
        var match = ExpressionToken().Match(_source, _at);
        if (!match.Success)
        {
            throw Error(_at, $"an expression, got the character `{_source[_at]}`");
        }

        var kind = match.Groups["name"].Success ? TokenKind.Name
            : match.Groups["string"].Success ? TokenKind.String
            : match.Groups["float"].Success ? TokenKind.Float
            : match.Groups["integer"].Success ? TokenKind.Integer
            : TokenKind.Operator;
        if (kind == TokenKind.Operator)
        {
            Balance(match.Value[0], brackets);
        }

        var text = kind switch
        {
            TokenKind.String => StringEscapes.Resolve(match.Value[1..^1]),
            TokenKind.Integer or TokenKind.Float => match.Value.Replace("_", "", StringComparison.Ordinal),
            _ => match.Value,
        };
        Add(kind, text, _at);
        _at += match.Length;
    }

    private void Balance(char character, Stack<char> brackets)
    {
        if (character is '(' or '[' or '{')
        {
            brackets.Push(character switch { '(' => ')', '[' => ']', _ => '}' });
        }
        else if (character is ')' or ']' or '}' && !(brackets.TryPop(out var expected) && expected == character))
        {
            throw Error(_at, $"brackets in pairs, got `{character}`");
        }
    }

    private void AddText(string text)
    {
        if (text.Length > 0)
        {
            Add(TokenKind.Text, text, _at);
        }
    }

    private void Add(TokenKind kind, string text, int at) => _tokens.Add(new Token(kind, text, LineAt(at)));

    private int LineAt(int at)
    {
        if (at > _lineCountedTo)
        {
            _line += _source.AsSpan(_lineCountedTo, at - _lineCountedTo).Count('\n');
            _lineCountedTo = at;
        }

        return _line;
    }

    private ChatTemplateException Error(int at, string expected) =>
        new($"line {LineAt(at)}: expected {expected}. Correct the template.");

    [GeneratedRegex(@"\G\{%[-+]?\s*raw\s*(?:-%\}\s*|%\})")]
    private static partial Regex RawBegin();

    [GeneratedRegex(@"\{%([-+]?)\s*endraw\s*([-+]?)%\}")]
    private static partial Regex RawEnd();

    [GeneratedRegex("""
        \G(?:(?<name>[\p{L}_][\w]*)|(?<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
        |(?<float>\d+(?:_\d+)*(?:\.\d+(?:_\d+)*(?:[eE][+-]?\d+)?|[eE][+-]?\d+))|(?<integer>\d+(?:_\d+)*)
        |(?<operator>//|\*\*|==|!=|>=|<=|[-+/*%~\[\](){}><=.:|,;]))
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex ExpressionToken();
}
