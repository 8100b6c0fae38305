using System.Collections.Immutable;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>
/// Reads expressions, loosest operator first: if-else, or, and, not, comparison, + -, ~, * / // %, **, unary.
/// </summary>
internal sealed partial class ExpressionParser(TokenCursor tokens)
{
    /// <summary>Reads an expression; commas make a tuple of it.</summary>
    public Expression ReadTuple(bool allowsConditional)
    {
        var first = allowsConditional ? Read() : ReadOr();
        if (!tokens.Current.IsOperator(","))
        {
            return first;
        }

        var items = ImmutableArray.CreateBuilder<Expression>();
        items.Add(first);
        while (tokens.TryTakeOperator(",") && !EndsTuple())
        {
            items.Add(allowsConditional ? Read() : ReadOr());
        }

        return new TupleDisplay(items.ToImmutable());
    }

    /// <summary>Reads one expression.</summary>
    public Expression Read()
    {
        tokens.CheckDepth();
        var value = ReadOr();
        while (tokens.TryTakeName("if"))
        {
            var test = ReadOr();
            value = new Conditional(test, value, tokens.TryTakeName("else") ? Read() : null);
        }

        return value;
    }

    /// <summary>Reads filters after a value: `| name(arguments)`, and tests and calls among them.</summary>
    public Expression ReadFilters(Expression value)
    {
        while (true)
        {
            if (tokens.TryTakeOperator("|"))
            {
                value = ReadFilter(value);
            }
            else if (tokens.TryTakeName("is"))
            {
                value = ReadTest(value);
            }
            else if (tokens.Current.IsOperator("("))
            {
                value = new Call(value, ReadArguments());
            }
            else
            {
                return value;
            }
        }
    }

    /// <summary>Reads one filter's name and arguments, applied to <paramref name="value"/>.</summary>
    public Expression ReadFilter(Expression value)
    {
        var name = tokens.Expect(TokenKind.Name, "the name of a filter");
        if (!Filters.IsKnown(name.Text))
        {
            throw new ChatTemplateException(
                $"line {name.Line}: filter `{name.Text}` is not supported; supported: {Filters.Names}.");
        }

        return new FilterCall(value, name.Text, tokens.Current.IsOperator("(") ? ReadArguments() : ArgumentList.Empty);
    }

    /// <summary>Reads arguments in parentheses.</summary>
    public ArgumentList ReadArguments()
    {
        tokens.ExpectOperator("(");
        var positional = ImmutableArray.CreateBuilder<Expression>();
        var named = ImmutableArray.CreateBuilder<(string Name, Expression Value)>();
        while (!tokens.TryTakeOperator(")"))
        {
            if (positional.Count + named.Count > 0)
            {
                tokens.ExpectOperator(",");
                if (tokens.TryTakeOperator(")"))
                {
                    break;
                }
            }

            if (tokens.Current.Kind == TokenKind.Name && tokens.Following.IsOperator("="))
            {
                var name = tokens.Take().Text;
                tokens.Take();
                named.Add((name, Read()));
            }
            else if (named.Count > 0)
            {
                throw tokens.Unexpected("a named argument after a named argument");
            }
            else
            {
                positional.Add(Read());
            }
        }

        return new ArgumentList(positional.ToImmutable(), named.ToImmutable());
    }

    private bool EndsTuple() =>
        tokens.Current.Kind is TokenKind.BlockEnd or TokenKind.OutputEnd
        || tokens.Current.IsOperator(")") || tokens.Current.IsOperator("=");

    private Expression ReadOr()
    {
        var left = ReadAnd();
        while (tokens.TryTakeName("or"))
        {
            left = new Logical(IsAnd: false, left, ReadAnd());
        }

        return left;
    }

    private Expression ReadAnd()
    {
        var left = ReadNot();
        while (tokens.TryTakeName("and"))
        {
            left = new Logical(IsAnd: true, left, ReadNot());
        }

        return left;
    }

    private Expression ReadNot()
    {
        tokens.CheckDepth();
        return tokens.TryTakeName("not") ? new Unary("not", ReadNot()) : ReadComparison();
    }

    private Expression ReadComparison()
    {
        var first = ReadSum();
        var rest = ImmutableArray.CreateBuilder<(string Operator, Expression Operand)>();
        while (TakeComparison() is { } comparison)
        {
            rest.Add((comparison, ReadSum()));
        }

        return rest.Count == 0 ? first : new Comparison(first, rest.ToImmutable());
    }

    private string? TakeComparison()
    {
        if (tokens.Current is { Kind: TokenKind.Operator, Text: "==" or "!=" or "<" or ">" or "<=" or ">=" })
        {
            return tokens.Take().Text;
        }

        if (tokens.TryTakeName("in"))
        {
            return "in";
        }

        if (tokens.Current.IsName("not") && tokens.Following.IsName("in"))
        {
            tokens.Take();
            tokens.Take();
            return "not in";
        }

        return null;
    }

    private Expression ReadSum()
    {
        var left = ReadConcatenation();
        while (tokens.Current is { Kind: TokenKind.Operator, Text: "+" or "-" })
        {
            left = new Binary(tokens.Take().Text, left, ReadConcatenation());
        }

        return left;
    }

    private Expression ReadConcatenation()
    {
        var first = ReadProduct();
        if (!tokens.Current.IsOperator("~"))
        {
            return first;
        }

        var parts = ImmutableArray.CreateBuilder<Expression>();
        parts.Add(first);
        while (tokens.TryTakeOperator("~"))
        {
            parts.Add(ReadProduct());
        }

        return new Concatenation(parts.ToImmutable());
    }

    private Expression ReadProduct()
    {
        var left = ReadPower();
        while (tokens.Current is { Kind: TokenKind.Operator, Text: "*" or "/" or "//" or "%" })
        {
            left = new Binary(tokens.Take().Text, left, ReadPower());
        }

        return left;
    }

    // Jinja's power groups to the left and binds looser than a sign: -2 ** 2 is 4.
    private Expression ReadPower()
    {
        var left = ReadUnary(withFilters: true);
        while (tokens.TryTakeOperator("**"))
        {
            left = new Binary("**", left, ReadUnary(withFilters: true));
        }

        return left;
    }

    private Expression ReadUnary(bool withFilters)
    {
        tokens.CheckDepth();
        Expression value = tokens.Current is { Kind: TokenKind.Operator, Text: "-" or "+" }
            ? new Unary(tokens.Take().Text, ReadUnary(withFilters: false))
            : ReadPostfix(ReadPrimary());
        return withFilters ? ReadFilters(value) : value;
    }
}
