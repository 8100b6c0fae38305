using System.Text.Json.Nodes;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>What a chat template finds at its start: globals and the conversation.</summary>
internal static class TemplateVariables
{
    // The sandbox of jinja2 allows no longer range.
    private const int RangeLengthMax = 100_000;

    /// <summary>The outermost scope of one rendering.</summary>
    public static Scope For(ChatTemplateInput input, RenderBudget budget)
    {
        var globals = new Scope(null);
        Define(globals, "raise_exception", with =>
            throw ChatTemplateException.Raised(PythonText.Of(with.Required(0, "message"))));
        Define(globals, "strftime_now", with =>
            DateFormat.Apply(with.Text(0, "format"), input.Clock.GetLocalNow(), with.Budget));
        Define(globals, "range", Range);
        Define(globals, "namespace", Namespace);
        Define(globals, "dict", Dict);
        var scope = new Scope(globals);
        scope.Set("messages", PythonValue.OfJson(input.Messages));
        scope.Set("tools", PythonValue.OfJson(input.Tools));
        scope.Set("documents", PythonValue.OfJson(input.Documents));
        scope.Set("add_generation_prompt", input.AddGenerationPrompt);
        SetToken(scope, "bos_token", input.BosToken);
        SetToken(scope, "eos_token", input.EosToken);
        foreach (var (name, value) in input.ExtraVariables ?? new JsonObject())
        {
            scope.Set(name, PythonValue.OfJson(value));
        }

        // What the template sets at its top level must not change what it was given.
        return new Scope(scope);
    }

    private static void Define(Scope scope, string name, Func<Arguments, object?> body) =>
        scope.Set(name, new TemplateFunction(name, body));

    private static void SetToken(Scope scope, string name, string? token)
    {
        if (token is not null)
        {
            scope.Set(name, token);
        }
    }

    private static List<object?> Range(Arguments with)
    {
        var isSingle = with.Positional.Length == 1;
        var start = isSingle ? 0 : with.Whole(0, "start", 0);
        var stop = isSingle ? with.Whole(0, "stop", 0) : with.Whole(1, "stop", 0);
        var step = with.Whole(2, "step", 1);
        if (step == 0)
        {
            throw with.Budget.Error("expected a range step other than zero, got zero");
        }

        var items = new List<object?>();
        for (Int128 at = start; step > 0 ? at < stop : at > stop; at += step)
        {
            items.Add((long)at);
            with.Budget.Step();
            if (items.Count > RangeLengthMax)
            {
                throw with.Budget.Error($"expected a range of at most {RangeLengthMax} numbers, got more");
            }
        }

        return items;
    }

    private static PythonNamespace Namespace(Arguments with)
    {
        var names = new PythonNamespace();
        foreach (var (key, value) in Dict(with).Items)
        {
            names.Attributes[PythonText.Of(key)] = value;
        }

        return names;
    }

    private static PythonDict Dict(Arguments with)
    {
        var dict = new PythonDict();
        foreach (var (key, value) in with.At(0, "") is PythonDict first ? first.Items : [])
        {
            dict.Set(key, value);
        }

        foreach (var (name, value) in with.Named)
        {
            dict.Set(name, value);
        }

        return dict;
    }
}
