using System.Collections.Immutable;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>Reads the statements of a template.</summary>
internal sealed class TemplateParser
{
    /// <summary>
    /// The variable that holds a captured body for the filters after it; no template can write this name.
    /// </summary>
    public const string CapturedBody = "(body)";

    private static readonly string[] Supported =
        ["if", "for", "set", "macro", "call", "filter", "with", "generation", "break", "continue", "raw"];

    private readonly TokenCursor _tokens;
    private readonly ExpressionParser _expressions;
    private int _loopDepth;

    private TemplateParser(TokenCursor tokens)
    {
        _tokens = tokens;
        _expressions = new ExpressionParser(tokens);
    }

    /// <summary>The statements of a template's source.</summary>
    /// <exception cref="ChatTemplateException">The source is no template; the message names the line.</exception>
    public static ImmutableArray<Statement> Parse(string source)
    {
        var parser = new TemplateParser(new TokenCursor(TemplateLexer.Read(source)));
        var body = parser.ReadBody();
        return parser._tokens.Current.Kind == TokenKind.End ? body
            : throw parser._tokens.Unexpected("no closing tag here");
    }

    /// <summary>Reads until a tag that begins with one of these words, which stays unread, or to the end.</summary>
    private ImmutableArray<Statement> ReadBody(params string[] endWords)
    {
        _tokens.CheckDepth();
        var body = ImmutableArray.CreateBuilder<Statement>();
        while (_tokens.Current.Kind != TokenKind.End)
        {
            var token = _tokens.Current;
            if (token.Kind == TokenKind.Text)
            {
                body.Add(new OutputText(token.Line, _tokens.Take().Text));
            }
            else if (token.Kind == TokenKind.OutputBegin)
            {
                _tokens.Take();
                body.Add(new OutputValue(token.Line, _expressions.ReadTuple(allowsConditional: true)));
                _tokens.Expect(TokenKind.OutputEnd, "`}}`");
            }
            else if (endWords.Contains(_tokens.Following.Text))
            {
                return body.ToImmutable();
            }
            else
            {
                _tokens.Take();
                body.Add(ReadStatement());
            }
        }

        return endWords.Length == 0
            ? body.ToImmutable()
            : throw _tokens.Unexpected(string.Join(" or ", endWords.Select(word => $"`{word}`")));
    }

    private Statement ReadStatement()
    {
        var word = _tokens.Expect(TokenKind.Name, "the name of a statement");
        return word.Text switch
        {
            "if" => ReadIf(word.Line),
            "for" => ReadFor(word.Line),
            "set" => ReadSet(word.Line),
            "macro" => ReadMacro(word.Line),
            "call" => ReadCall(word.Line),
            "filter" => ReadFilterBody(word.Line),
            "with" => ReadWith(word.Line),
            "generation" => new ScopedBody(word.Line, [], ReadClosedBody("endgeneration")),
            "break" or "continue" => ReadLoopControl(word),
            _ => throw new ChatTemplateException(
                $"line {word.Line}: statement `{word.Text}` is not supported; "
                + $"supported: {string.Join(", ", Supported)}."),
        };
    }

    private void EndTag() => _tokens.Expect(TokenKind.BlockEnd, "`%}`");

    private string TakeEndWord()
    {
        _tokens.Expect(TokenKind.BlockBegin, "`{%`");
        return _tokens.Take().Text;
    }

    /// <summary>Closes the opening tag, reads the body and the closing tag.</summary>
    private ImmutableArray<Statement> ReadClosedBody(string endWord)
    {
        EndTag();
        var body = ReadBody(endWord);
        TakeEndWord();
        if (_tokens.Current.Kind == TokenKind.Name && endWord == "endmacro")
        {
            _tokens.Take();
        }

        EndTag();
        return body;
    }

    private If ReadIf(int line)
    {
        var branches = ImmutableArray.CreateBuilder<(Expression? Test, ImmutableArray<Statement> Body)>();
        Expression? test = _expressions.ReadTuple(allowsConditional: false);
        while (true)
        {
            EndTag();
            branches.Add((test, test is null ? ReadBody("endif") : ReadBody("elif", "else", "endif")));
            switch (TakeEndWord())
            {
                case "elif":
                    test = _expressions.ReadTuple(allowsConditional: false);
                    break;
                case "else":
                    test = null;
                    break;
                default:
                    EndTag();
                    return new If(line, branches.ToImmutable());
            }
        }
    }

    private For ReadFor(int line)
    {
        var (targets, isUnpacking) = ReadNames();
        _tokens.ExpectName("in");
        var items = _expressions.ReadTuple(allowsConditional: false);
        var filter = _tokens.TryTakeName("if") ? _expressions.Read() : null;
        if (_tokens.Current.IsName("recursive"))
        {
            throw _tokens.Unexpected("a loop that is not recursive (not supported; write a macro)");
        }

        EndTag();
        _loopDepth++;
        var body = ReadBody("else", "endfor");
        _loopDepth--;
        ImmutableArray<Statement> otherwise = [];
        if (TakeEndWord() == "else")
        {
            EndTag();
            otherwise = ReadBody("endfor");
            TakeEndWord();
        }

        EndTag();
        return new For(line, targets, isUnpacking, items, filter, body, otherwise);
    }

    private (ImmutableArray<string> Names, bool IsUnpacking) ReadNames()
    {
        var isParenthesized = _tokens.TryTakeOperator("(");
        var names = ImmutableArray.CreateBuilder<string>();
        var isUnpacking = false;
        do
        {
            names.Add(_tokens.Expect(TokenKind.Name, "a variable name").Text);
            isUnpacking |= _tokens.Current.IsOperator(",");
        }
        while (_tokens.TryTakeOperator(",") && _tokens.Current.Kind == TokenKind.Name && !_tokens.Current.IsName("in"));
        if (isParenthesized)
        {
            _tokens.ExpectOperator(")");
        }

        return (names.ToImmutable(), isUnpacking);
    }

    private Statement ReadSet(int line)
    {
        if (_tokens.Following.IsOperator("."))
        {
            var owner = new Variable(_tokens.Expect(TokenKind.Name, "a variable name").Text);
            _tokens.Take();
            var target = new AttributeOf(owner, _tokens.Expect(TokenKind.Name, "a name after `.`").Text);
            return ReadSetValue(line, [target], isUnpacking: false);
        }

        var (names, isUnpacking) = ReadNames();
        return ReadSetValue(line, [.. names.Select(name => new Variable(name))], isUnpacking);
    }

    private Statement ReadSetValue(int line, ImmutableArray<Expression> targets, bool isUnpacking)
    {
        if (_tokens.TryTakeOperator("="))
        {
            var value = _expressions.ReadTuple(allowsConditional: true);
            EndTag();
            return new Assign(line, targets, isUnpacking, value);
        }

        if (isUnpacking)
        {
            throw _tokens.Unexpected("`=`");
        }

        var filtered = _expressions.ReadFilters(new Variable(CapturedBody));
        return new AssignBody(line, targets[0], filtered, ReadClosedBody("endset"));
    }

    private DefineMacro ReadMacro(int line)
    {
        var name = _tokens.Expect(TokenKind.Name, "the name of the macro").Text;
        var parameters = ReadParameters();
        return new DefineMacro(line, new MacroDefinition(name, parameters, ReadOutsideLoop("endmacro")));
    }

    private CallWithBody ReadCall(int line)
    {
        var parameters = _tokens.Current.IsOperator("(") ? ReadParameters() : [];
        var call = _expressions.Read() as Call ?? throw _tokens.Unexpected("a call before this");
        return new CallWithBody(line, call, new MacroDefinition("caller", parameters, ReadOutsideLoop("endcall")));
    }

    // A loop around a macro is not one that the macro's body could leave.
    private ImmutableArray<Statement> ReadOutsideLoop(string endWord)
    {
        var loopDepth = _loopDepth;
        _loopDepth = 0;
        var body = ReadClosedBody(endWord);
        _loopDepth = loopDepth;
        return body;
    }

    private ImmutableArray<(string Name, Expression? Default)> ReadParameters()
    {
        var parameters = ImmutableArray.CreateBuilder<(string Name, Expression? Default)>();
        _tokens.ExpectOperator("(");
        while (!_tokens.TryTakeOperator(")"))
        {
            if (parameters.Count > 0)
            {
                _tokens.ExpectOperator(",");
            }

            var name = _tokens.Expect(TokenKind.Name, "a parameter name").Text;
            parameters.Add((name, _tokens.TryTakeOperator("=") ? _expressions.Read() : null));
        }

        return parameters.ToImmutable();
    }

    private FilterBody ReadFilterBody(int line)
    {
        var value = _expressions.ReadFilters(_expressions.ReadFilter(new Variable(CapturedBody)));
        return new FilterBody(line, value, ReadClosedBody("endfilter"));
    }

    private ScopedBody ReadWith(int line)
    {
        var variables = ImmutableArray.CreateBuilder<(string Name, Expression Value)>();
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (variables.Count > 0)
            {
                _tokens.ExpectOperator(",");
            }

            var name = _tokens.Expect(TokenKind.Name, "a variable name").Text;
            _tokens.ExpectOperator("=");
            variables.Add((name, _expressions.Read()));
        }

        return new ScopedBody(line, variables.ToImmutable(), ReadClosedBody("endwith"));
    }

    private LoopControl ReadLoopControl(Token word)
    {
        if (_loopDepth == 0)
        {
            throw new ChatTemplateException($"line {word.Line}: expected `{word.Text}` inside a loop, got it outside.");
        }

        EndTag();
        return new LoopControl(word.Line, word.Text == "break");
    }
}
