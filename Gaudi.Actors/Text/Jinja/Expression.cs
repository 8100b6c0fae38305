using System.Collections.Immutable;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>A parsed expression: one of the records below.</summary>
internal abstract record Expression;

/// <summary>A constant.</summary>
internal sealed record Literal(object? Value) : Expression;

/// <summary>A variable; undefined when no scope has it.</summary>
internal sealed record Variable(string Name) : Expression;

/// <summary>A list in brackets.</summary>
internal sealed record ListDisplay(ImmutableArray<Expression> Items) : Expression;

/// <summary>Values with commas between.</summary>
internal sealed record TupleDisplay(ImmutableArray<Expression> Items) : Expression;

/// <summary>A dictionary in braces.</summary>
internal sealed record DictDisplay(ImmutableArray<(Expression Key, Expression Value)> Items) : Expression;

/// <summary>`target.name`: attribute first, item second.</summary>
internal sealed record AttributeOf(Expression Target, string Name) : Expression;

/// <summary>`target[index]`: item first, attribute second.</summary>
internal sealed record ItemOf(Expression Target, Expression Index) : Expression;

/// <summary>`target[start:stop:step]`; null where a part is left out.</summary>
internal sealed record SliceOf(Expression Target, Expression? Start, Expression? Stop, Expression? Step) : Expression;

/// <summary>A call of a function, method or macro.</summary>
internal sealed record Call(Expression Callee, ArgumentList Arguments) : Expression;

/// <summary>`target | name(arguments)`.</summary>
internal sealed record FilterCall(Expression Target, string Name, ArgumentList Arguments) : Expression;

/// <summary>`target is name(arguments)`.</summary>
internal sealed record TestCall(Expression Target, string Name, ArgumentList Arguments) : Expression;

/// <summary>`not`, `-` or `+` before an operand.</summary>
internal sealed record Unary(string Operator, Expression Operand) : Expression;

/// <summary>An arithmetic operator between two operands.</summary>
internal sealed record Binary(string Operator, Expression Left, Expression Right) : Expression;

/// <summary>`and` or `or`: gives one of its operands, the right one only if needed.</summary>
internal sealed record Logical(bool IsAnd, Expression Left, Expression Right) : Expression;

/// <summary>`a ~ b ~ c`: the texts of all parts.</summary>
internal sealed record Concatenation(ImmutableArray<Expression> Parts) : Expression;

/// <summary>`a &lt; b &lt; c`: every neighbouring pair must hold.</summary>
internal sealed record Comparison(
    Expression First, ImmutableArray<(string Operator, Expression Operand)> Rest) : Expression;

/// <summary>`then if test else otherwise`; undefined when there is no otherwise.</summary>
internal sealed record Conditional(Expression Test, Expression Then, Expression? Otherwise) : Expression;
