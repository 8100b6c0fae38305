using System.Collections.Immutable;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>Computes expressions.</summary>
internal sealed class Evaluator(RenderBudget budget)
{
    /// <summary>The value of an expression in a scope.</summary>
    /// <exception cref="ChatTemplateException">The expression asks for something its values do not have.</exception>
    public object? Evaluate(Expression expression, Scope scope)
    {
        budget.Step();
        return expression switch
        {
            Literal literal => literal.Value,
            Variable variable => scope.Get(variable.Name),
            AttributeOf attribute => Lookup.Attribute(Evaluate(attribute.Target, scope), attribute.Name, budget),
            ItemOf item => Lookup.Item(Evaluate(item.Target, scope), Evaluate(item.Index, scope), budget),
            SliceOf slice => Slice(slice, scope),
            FilterCall filter => Filters.Apply(
                filter.Name, Evaluate(filter.Target, scope), Arguments(filter.Arguments, scope)),
            TestCall test => Tests.Apply(test.Name, Evaluate(test.Target, scope), Arguments(test.Arguments, scope)),
            Jinja.Call call => Call(Evaluate(call.Callee, scope), Arguments(call.Arguments, scope)),
            Conditional conditional => Choose(conditional, scope),
            Comparison comparison => Compare(comparison, scope),
            Logical logical => Decide(logical, scope),
            Unary unary => Negate(unary, scope),
            Binary binary => Operators.Apply(
                binary.Operator, Evaluate(binary.Left, scope), Evaluate(binary.Right, scope), budget),
            Concatenation concatenation => Concatenate(concatenation, scope),
            ListDisplay list => list.Items.Select(item => Evaluate(item, scope)).ToList(),
            TupleDisplay tuple => new PythonTuple([.. tuple.Items.Select(item => Evaluate(item, scope))]),
            DictDisplay dict => Dict(dict, scope),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    /// <summary>The values of a call's arguments.</summary>
    public Arguments Arguments(ArgumentList list, Scope scope) => new(
        [.. list.Positional.Select(value => Evaluate(value, scope))],
        [.. list.Named.Select(item => (item.Name, Evaluate(item.Value, scope)))],
        budget);

    /// <summary>Calls a function value.</summary>
    public object? Call(object? callee, Arguments arguments) => callee switch
    {
        TemplateFunction function => function.Call(arguments),
        Undefined undefined => throw budget.Error(undefined.Problem),
        _ => throw budget.Error($"expected something to call, got {PythonText.TypeName(callee)}"),
    };

    private object? Choose(Conditional conditional, Scope scope) =>
        PythonValue.IsTrue(Evaluate(conditional.Test, scope)) ? Evaluate(conditional.Then, scope)
        : conditional.Otherwise is { } otherwise ? Evaluate(otherwise, scope)
        : new Undefined("the inline if without else");

    private object Compare(Comparison comparison, Scope scope)
    {
        var left = Evaluate(comparison.First, scope);
        foreach (var (op, operand) in comparison.Rest)
        {
            var right = Evaluate(operand, scope);
            if (!Operators.Compare(op, left, right, budget))
            {
                return false;
            }

            left = right;
        }

        return true;
    }

    private object? Decide(Logical logical, Scope scope)
    {
        var left = Evaluate(logical.Left, scope);
        return PythonValue.IsTrue(left) == logical.IsAnd ? Evaluate(logical.Right, scope) : left;
    }

    private object Negate(Unary unary, Scope scope) => (unary.Operator, Evaluate(unary.Operand, scope)) switch
    {
        ("not", var value) => !PythonValue.IsTrue(value),
        ("-", long whole) => -whole,
        ("-", double real) => -real,
        ("-", bool truth) => truth ? -1L : 0L,
        ("+", bool truth) => truth ? 1L : 0L,
        ("+", long or double) and var (_, number) => number!,
        var (op, value) => throw budget.Error($"expected a number after `{op}`, got {PythonText.TypeName(value)}"),
    };

    private string Concatenate(Concatenation concatenation, Scope scope)
    {
        var parts = concatenation.Parts.Select(part => PythonText.Of(Evaluate(part, scope))).ToArray();
        budget.Size(parts.Sum(part => (long)part.Length));
        return string.Concat(parts);
    }

    private PythonDict Dict(DictDisplay display, Scope scope)
    {
        var dict = new PythonDict();
        foreach (var (key, value) in display.Items)
        {
            dict.Set(Evaluate(key, scope), Evaluate(value, scope));
        }

        return dict;
    }

    private object? Slice(SliceOf slice, Scope scope)
    {
        var target = Evaluate(slice.Target, scope);
        var length = PythonValue.Length(target, budget);
        var indices = SliceIndices.Of(length, Bound(slice.Start), Bound(slice.Stop), Bound(slice.Step) ?? 1, budget);
        budget.Work(indices.Length);
        return target switch
        {
            string text => PythonString.Pick(text, indices),
            List<object?> list => indices.Select(index => list[index]).ToList(),
            PythonTuple tuple => new PythonTuple([.. indices.Select(index => tuple.Items[index])]),
            Undefined undefined => throw budget.Error(undefined.Problem),
            _ => throw budget.Error($"expected text, a list or a tuple to slice, got {PythonText.TypeName(target)}"),
        };

        long? Bound(Expression? part) => (part is null ? null : Evaluate(part, scope)) switch
        {
            null => null,
            long whole => whole,
            bool truth => truth ? 1 : 0,
            var other => throw budget.Error($"expected a whole number in a slice, got {PythonText.TypeName(other)}"),
        };
    }
}
