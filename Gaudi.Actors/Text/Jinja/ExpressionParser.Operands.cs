using System.Collections.Immutable;
using System.Globalization;

namespace Gaudi.Actors.Text.Jinja;

/// <content>Operands: constants, brackets, subscripts and tests.</content>
internal sealed partial class ExpressionParser
{
    private Expression ReadPrimary()
    {
        var token = tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                tokens.Take();
                return token.Text switch
                {
                    "true" or "True" => new Literal(true),
                    "false" or "False" => new Literal(false),
                    "none" or "None" => new Literal(null),
                    _ => new Variable(token.Text),
                };
            case TokenKind.String:
                return new Literal(ReadString());
            case TokenKind.Integer:
                return long.TryParse(tokens.Take().Text, CultureInfo.InvariantCulture, out var whole)
                    ? new Literal(whole)
                    : throw new ChatTemplateException(
                        $"line {token.Line}: expected a number of 64 bits, got {token.Text}.");
            case TokenKind.Float:
                return new Literal(double.Parse(tokens.Take().Text, CultureInfo.InvariantCulture));
            case TokenKind.Operator when token.Text == "(":
                return ReadParentheses();
            case TokenKind.Operator when token.Text == "[":
                return new ListDisplay(ReadItems("[", "]", Read));
            case TokenKind.Operator when token.Text == "{":
                return new DictDisplay(ReadItems("{", "}", ReadPair));
            default:
                throw tokens.Unexpected("an expression");
        }
    }

    private string ReadString()
    {
        var text = tokens.Take().Text;
        while (tokens.Current.Kind == TokenKind.String)
        {
            text += tokens.Take().Text;
        }

        return text;
    }

    private Expression ReadParentheses()
    {
        tokens.ExpectOperator("(");
        if (tokens.TryTakeOperator(")"))
        {
            return new TupleDisplay([]);
        }

        var value = ReadTuple(allowsConditional: true);
        tokens.ExpectOperator(")");
        return value;
    }

    private (Expression Key, Expression Value) ReadPair()
    {
        var key = Read();
        tokens.ExpectOperator(":");
        return (key, Read());
    }

    private ImmutableArray<T> ReadItems<T>(string open, string close, Func<T> readOne)
    {
        tokens.ExpectOperator(open);
        var items = ImmutableArray.CreateBuilder<T>();
        while (!tokens.TryTakeOperator(close))
        {
            if (items.Count > 0)
            {
                tokens.ExpectOperator(",");
                if (tokens.TryTakeOperator(close))
                {
                    break;
                }
            }

            items.Add(readOne());
        }

        return items.ToImmutable();
    }

    private Expression ReadPostfix(Expression value)
    {
        while (true)
        {
            if (tokens.TryTakeOperator("."))
            {
                value = tokens.Current.Kind == TokenKind.Integer
                    ? new ItemOf(value, ReadPrimary())
                    : new AttributeOf(value, tokens.Expect(TokenKind.Name, "a name after `.`").Text);
            }
            else if (tokens.TryTakeOperator("["))
            {
                value = ReadSubscript(value);
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

    private Expression ReadSubscript(Expression target)
    {
        var start = tokens.Current.IsOperator(":") ? null : Read();
        if (tokens.TryTakeOperator("]"))
        {
            return new ItemOf(target, start!);
        }

        tokens.ExpectOperator(":");
        var stop = EndsSlicePart() ? null : Read();
        var step = tokens.TryTakeOperator(":") && !EndsSlicePart() ? Read() : null;
        tokens.ExpectOperator("]");
        return new SliceOf(target, start, stop, step);
    }

    private bool EndsSlicePart() => tokens.Current.IsOperator(":") || tokens.Current.IsOperator("]");

    private Expression ReadTest(Expression value)
    {
        var isNegated = tokens.TryTakeName("not");
        var name = tokens.Expect(TokenKind.Name, "the name of a test");
        if (!Tests.IsKnown(name.Text))
        {
            throw new ChatTemplateException(
                $"line {name.Line}: test `{name.Text}` is not supported; supported: {Tests.Names}.");
        }

        var arguments = tokens.Current.IsOperator("(") ? ReadArguments()
            : BeginsTestArgument() ? new ArgumentList([ReadPostfix(ReadPrimary())], [])
            : ArgumentList.Empty;
        Expression test = new TestCall(value, name.Text, arguments);
        return isNegated ? new Unary("not", test) : test;
    }

    private bool BeginsTestArgument() => tokens.Current.Kind switch
    {
        TokenKind.Name => tokens.Current.Text is not ("else" or "or" or "and" or "is" or "if" or "not" or "in"),
        TokenKind.String or TokenKind.Integer or TokenKind.Float => true,
        TokenKind.Operator => tokens.Current.Text is "[" or "{",
        _ => false,
    };
}
