namespace Gaudi.Actors.Constraints;

/// <summary>What can be said of the rules of a form before it is made into a grammar: which can end, which can be empty.</summary>
internal sealed class FormLaws
{
    private readonly HashSet<FormRule> _productive = [];
    private readonly HashSet<FormRule> _nullable = [];

    /// <summary>Looks at a form and every rule it leads to.</summary>
    /// <exception cref="ConstraintFormatException">A rule begins with itself, so a text of it would never begin.</exception>
    internal FormLaws(Form whole)
    {
        var rules = RulesOf(whole);
        Saturate(rules, _productive, IsProductive);
        Saturate(rules, _nullable, IsNullable);
        RefuseLeftRecursion(rules);
    }

    /// <summary>Whether some finite text has the form.</summary>
    internal bool IsProductive(Form form) => Holds(form, holdsForBytes: true, _productive);

    private bool IsNullable(Form form) => Holds(form, holdsForBytes: false, _nullable);

    // A law of a form is one of its parts: all of a sequence, any of a choice, and a repeat may be nothing.
    private static bool Holds(Form whole, bool holdsForBytes, HashSet<FormRule> holding)
    {
        return Of(whole);

        bool Of(Form form) => form switch
        {
            Form.Bytes => holdsForBytes,
            Form.Sequence sequence => sequence.Parts.All(Of),
            Form.Choice choice => choice.Options.Any(Of),
            Form.Repeat repeat => repeat.Least == 0 || Of(repeat.Part),
            Form.Call call => holding.Contains(call.Rule),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static void Saturate(List<FormRule> rules, HashSet<FormRule> holding, Func<Form, bool> holds)
    {
        int before;
        do
        {
            before = holding.Count;
            // The ones found last are the innermost, which decide over the others.
            for (var i = rules.Count - 1; i >= 0; i--)
            {
                if (!holding.Contains(rules[i]) && holds(rules[i].Body))
                    holding.Add(rules[i]);
            }
        }
        while (holding.Count > before);
    }

    private static List<FormRule> RulesOf(Form whole)
    {
        var (rules, known) = (new List<FormRule>(), new HashSet<FormRule>());
        var open = new Stack<Form>([whole]);
        while (open.TryPop(out var form))
        {
            switch (form)
            {
                case Form.Sequence sequence: PushAll(open, sequence.Parts); break;
                case Form.Choice choice: PushAll(open, choice.Options); break;
                case Form.Repeat repeat: open.Push(repeat.Part); break;
                case Form.Call call when known.Add(call.Rule):
                    rules.Add(call.Rule);
                    open.Push(call.Rule.Body);
                    break;
            }
        }
        return rules;
    }

    private static void PushAll(Stack<Form> open, IEnumerable<Form> forms)
    {
        foreach (var form in forms)
            open.Push(form);
    }

    private void RefuseLeftRecursion(List<FormRule> rules)
    {
        var done = new HashSet<FormRule>();
        foreach (var rule in rules)
        {
            var path = new Stack<(FormRule Rule, Queue<FormRule> Left)>();
            var onPath = new HashSet<FormRule>();
            Enter(rule);
            while (path.TryPeek(out var top))
            {
                if (top.Left.TryDequeue(out var next))
                    Enter(next);
                else
                    onPath.Remove(path.Pop().Rule);
            }

            void Enter(FormRule entered)
            {
                if (onPath.Contains(entered))
                    throw new ConstraintFormatException($"{entered.Name} begins with itself, so no text of it can begin");
                if (!done.Add(entered))
                    return;
                onPath.Add(entered);
                path.Push((entered, new Queue<FormRule>(FirstRules(entered.Body))));
            }
        }
    }

    // The rules that may stand at the very beginning.
    private IEnumerable<FormRule> FirstRules(Form form)
    {
        switch (form)
        {
            case Form.Call call: return [call.Rule];
            case Form.Choice choice: return choice.Options.SelectMany(FirstRules);
            case Form.Repeat repeat: return FirstRules(repeat.Part);
            case Form.Sequence sequence:
                var nullableCount = sequence.Parts.TakeWhile(IsNullable).Count();
                return sequence.Parts.Take(nullableCount + 1).SelectMany(FirstRules);
            default: return [];
        }
    }
}
