namespace Gaudi.Actors.Constraints;

/// <summary>Makes the nodes of a form. What cannot end is left out, so every node leads to the end of its rule.</summary>
/// <remarks>Source: Thompson 1968, with calls of rules for what is shared or recursive.</remarks>
internal sealed class GrammarBuilder(FormLaws laws)
{
    private const int NodesMax = 200_000;

    private readonly Dictionary<FormRule, int> _starts = [];
    private readonly Queue<FormRule> _open = [];

    /// <summary>Made so far.</summary>
    internal List<GrammarNode> Nodes { get; } = [];

    /// <summary>Makes the nodes of a form and of every rule it leads to.</summary>
    /// <returns>The node at which it begins.</returns>
    /// <exception cref="ConstraintFormatException">Too large.</exception>
    internal int Build(Form whole)
    {
        var start = BuildRule(Add(), whole);
        while (_open.TryDequeue(out var rule))
            BuildRule(_starts[rule], rule.Body);
        return start;
    }

    private int BuildRule(int start, Form body)
    {
        var end = Add();
        Nodes[end].IsEnd = true;
        Build(body, start, end);
        return start;
    }

    private void Build(Form form, int start, int end)
    {
        switch (form)
        {
            case Form.Bytes bytes:
                Nodes[start].Steps.Add((bytes.First, bytes.Last, end));
                break;
            case Form.Sequence { Parts.IsEmpty: true }:
                Nodes[start].Jumps.Add(end);
                break;
            case Form.Sequence sequence:
                for (var i = 0; i < sequence.Parts.Length; i++)
                {
                    var next = i == sequence.Parts.Length - 1 ? end : Add();
                    Build(sequence.Parts[i], start, next);
                    start = next;
                }
                break;
            case Form.Choice choice:
                foreach (var option in choice.Options.Where(laws.IsProductive))
                    Build(option, start, end);
                break;
            case Form.Repeat repeat:
                BuildRepeat(repeat, start, end);
                break;
            case Form.Call call:
                Nodes[start].Calls.Add((StartOf(call.Rule), end));
                break;
        }
    }

    private void BuildRepeat(Form.Repeat repeat, int start, int end)
    {
        if (!laws.IsProductive(repeat.Part))
        {
            Nodes[start].Jumps.Add(end); // It need not come at all, or the whole could not end.
            return;
        }
        for (var i = 0; i < repeat.Least; i++)
            start = Once(repeat.Part, start);
        if (repeat.Most is not { } most)
        {
            var loop = Add();
            Nodes[start].Jumps.Add(loop);
            Build(repeat.Part, loop, loop);
            start = loop;
        }
        else
        {
            for (var i = repeat.Least; i < most; i++)
            {
                Nodes[start].Jumps.Add(end);
                start = Once(repeat.Part, start);
            }
        }
        Nodes[start].Jumps.Add(end);
    }

    private int Once(Form part, int start)
    {
        var next = Add();
        Build(part, start, next);
        return next;
    }

    private int StartOf(FormRule rule)
    {
        if (_starts.TryGetValue(rule, out var start))
            return start;
        _open.Enqueue(rule);
        return _starts[rule] = Add();
    }

    private int Add()
    {
        if (Nodes.Count == NodesMax)
            throw new ConstraintFormatException(
                $"the constraint is too large: it takes more than {NodesMax} places; lower its counts, or ask for less in one answer");
        Nodes.Add(new GrammarNode());
        return Nodes.Count - 1;
    }
}
