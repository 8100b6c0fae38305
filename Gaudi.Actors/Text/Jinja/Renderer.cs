using System.Collections.Immutable;
using System.Text;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>Runs statements and collects their output. One rendering each.</summary>
internal sealed class Renderer(RenderBudget budget)
{
    private readonly Evaluator _evaluator = new(budget);
    private StringBuilder _output = new();

    /// <summary>The output of a whole template.</summary>
    public string Render(ImmutableArray<Statement> body, Scope scope) => Capture(body, scope);

    private string Capture(ImmutableArray<Statement> body, Scope scope)
    {
        var outer = _output;
        _output = new StringBuilder();
        try
        {
            Run(body, scope);
            return _output.ToString();
        }
        finally
        {
            _output = outer;
        }
    }

    private LoopFlow Run(ImmutableArray<Statement> body, Scope scope)
    {
        foreach (var statement in body)
        {
            budget.Line = statement.Line;
            budget.Step();
            var flow = Run(statement, scope);
            if (flow != LoopFlow.Next)
            {
                return flow;
            }
        }

        return LoopFlow.Next;
    }

    private LoopFlow Run(Statement statement, Scope scope)
    {
        switch (statement)
        {
            case OutputText output:
                Write(output.Text);
                break;
            case OutputValue output:
                Write(PythonText.Of(_evaluator.Evaluate(output.Value, scope)));
                break;
            case If choice:
                return RunIf(choice, scope);
            case For loop:
                RunFor(loop, scope);
                break;
            case Assign assign:
                RunAssign(assign, scope);
                break;
            case AssignBody assign:
                Set(assign.Target, Filtered(assign.Body, assign.Value, scope), scope);
                break;
            case FilterBody filter:
                Write(PythonText.Of(Filtered(filter.Body, filter.Value, scope)));
                break;
            case DefineMacro define:
                scope.Set(define.Macro.Name, Macro(define.Macro, scope));
                break;
            case CallWithBody call:
                RunCall(call, scope);
                break;
            case ScopedBody scoped:
                return RunScoped(scoped, scope);
            case LoopControl control:
                return control.IsBreak ? LoopFlow.Break : LoopFlow.Continue;
            default:
                throw new System.Diagnostics.UnreachableException();
        }

        return LoopFlow.Next;
    }

    private void Write(string text)
    {
        budget.Output(text.Length);
        _output.Append(text);
    }

    private LoopFlow RunIf(If choice, Scope scope)
    {
        foreach (var (test, body) in choice.Branches)
        {
            if (test is null || PythonValue.IsTrue(_evaluator.Evaluate(test, scope)))
            {
                return Run(body, scope);
            }
        }

        return LoopFlow.Next;
    }

    private void RunFor(For loop, Scope scope)
    {
        var items = PythonValue.Items(_evaluator.Evaluate(loop.Items, scope), budget);
        if (loop.Filter is { } filter)
        {
            items = items.Where(item => PythonValue.IsTrue(_evaluator.Evaluate(filter, RoundScope(loop, item, scope))))
                .ToList();
        }

        var state = new LoopState(items, budget);
        for (var index = 0; index < items.Count; index++)
        {
            state.Index = index;
            budget.Step();
            var round = RoundScope(loop, items[index], scope);
            round.Set("loop", state);
            if (Run(loop.Body, round) == LoopFlow.Break)
            {
                break;
            }
        }

        if (items.Count == 0)
        {
            Run(loop.Otherwise, new Scope(scope));
        }
    }

    private Scope RoundScope(For loop, object? item, Scope outer)
    {
        var scope = new Scope(outer);
        var values = loop.IsUnpacking ? Unpacked(item, loop.Targets.Length) : [item];
        for (var index = 0; index < values.Count; index++)
        {
            scope.Set(loop.Targets[index], values[index]);
        }

        return scope;
    }

    private List<object?> Unpacked(object? value, int count)
    {
        var items = PythonValue.Items(value, budget);
        return items.Count == count
            ? items
            : throw budget.Error($"expected {count} values to unpack, got {items.Count}");
    }

    private void RunAssign(Assign assign, Scope scope)
    {
        var value = _evaluator.Evaluate(assign.Value, scope);
        var values = assign.IsUnpacking ? Unpacked(value, assign.Targets.Length) : [value];
        for (var index = 0; index < values.Count; index++)
        {
            Set(assign.Targets[index], values[index], scope);
        }
    }

    private void Set(Expression target, object? value, Scope scope)
    {
        switch (target)
        {
            case Variable variable:
                scope.Set(variable.Name, value);
                break;
            case AttributeOf { Target: Variable owner } attribute when scope.Get(owner.Name) is PythonNamespace names:
                names.Attributes[attribute.Name] = value;
                break;
            default:
                throw budget.Error("expected a namespace to set an attribute of, got another value");
        }
    }

    private object? Filtered(ImmutableArray<Statement> body, Expression value, Scope scope)
    {
        var inner = new Scope(scope);
        var text = Capture(body, inner);
        inner.Set(TemplateParser.CapturedBody, text);
        return _evaluator.Evaluate(value, inner);
    }

    private LoopFlow RunScoped(ScopedBody scoped, Scope scope)
    {
        var inner = new Scope(scope);
        foreach (var (name, value) in scoped.Variables)
        {
            inner.Set(name, _evaluator.Evaluate(value, scope));
        }

        return Run(scoped.Body, inner);
    }

    private void RunCall(CallWithBody call, Scope scope)
    {
        var callee = _evaluator.Evaluate(call.Call.Callee, scope);
        var arguments = _evaluator.Arguments(call.Call.Arguments, scope);
        var named = arguments.Named.Add((call.Body.Name, Macro(call.Body, scope)));
        Write(PythonText.Of(_evaluator.Call(callee, arguments with { Named = named })));
    }

    private TemplateFunction Macro(MacroDefinition macro, Scope definedIn) => new(macro.Name, arguments =>
    {
        var line = budget.Line;
        var text = Capture(macro.Body, MacroScope(macro, arguments, definedIn));
        budget.Line = line;
        return text;
    });

    private Scope MacroScope(MacroDefinition macro, Arguments arguments, Scope definedIn)
    {
        var scope = new Scope(definedIn);
        if (arguments.Positional.Length > macro.Parameters.Length)
        {
            throw budget.Error(
                $"expected at most {macro.Parameters.Length} arguments for `{macro.Name}`, "
                + $"got {arguments.Positional.Length}");
        }

        for (var index = 0; index < macro.Parameters.Length; index++)
        {
            var (name, fallback) = macro.Parameters[index];
            var isGiven = index < arguments.Positional.Length || arguments.Named.Any(item => item.Name == name);
            scope.Set(name, isGiven ? arguments.At(index, name)
                : fallback is not null ? _evaluator.Evaluate(fallback, scope)
                : new Undefined($"`{name}`"));
        }

        foreach (var (name, value) in arguments.Named)
        {
            if (name == "caller")
            {
                scope.Set(name, value);
            }
            else if (!macro.Parameters.Any(parameter => parameter.Name == name))
            {
                throw budget.Error($"expected one of the parameters of `{macro.Name}`, got an argument `{name}`");
            }
        }

        return scope;
    }
}
