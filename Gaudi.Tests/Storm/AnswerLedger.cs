namespace Gaudi.Tests.Storm;

/// <summary>The requests of a history: each must end once, with the reference's tokens and finish reason.</summary>
internal sealed class AnswerLedger
{
    private readonly Dictionary<int, (int[] Tokens, string? Finish)> _references = [];
    private readonly SortedDictionary<long, Answer> _answers = [];
    private bool _isStorm;

    /// <summary>Requests sent in the storm.</summary>
    internal int RequestCount => _answers.Count;

    /// <summary>Tokens that came in the storm.</summary>
    internal int TokenCount => _answers.Values.Sum(answer => answer.Tokens.Count);

    /// <summary>Requests refused at least once.</summary>
    internal int RefusedRequestCount => _answers.Values.Count(answer => answer.RefusalCount > 0);

    /// <summary>All refusals.</summary>
    internal int RefusalCount => _answers.Values.Sum(answer => answer.RefusalCount);

    /// <summary>Takes the next event; those of others are passed over.</summary>
    internal void Take(StormEvent happened, List<string> violations)
    {
        switch (happened.Kind)
        {
            case StormEventKind.Reference:
                _references[happened.Spec!.Value] = (happened.Tokens!, happened.Text);
                break;
            case StormEventKind.Begun:
                _isStorm = true;
                break;
            case StormEventKind.Sent or StormEventKind.Refused or StormEventKind.Token or StormEventKind.Finished or StormEventKind.Broken
                when _isStorm:
                TakeOfAnswer(happened, violations);
                break;
        }
    }

    /// <summary>Judges what must be true at the end.</summary>
    internal void Close(List<string> violations)
    {
        foreach (var (request, answer) in _answers)
        {
            if (answer.EndCount == 0)
                violations.Add($"request {request} has no end: {answer.Tokens.Count} tokens came");
        }
    }

    private void TakeOfAnswer(StormEvent happened, List<string> violations)
    {
        var request = happened.Request!.Value;
        if (!_answers.TryGetValue(request, out var answer))
            _answers[request] = answer = new Answer();
        if (answer.EndCount > 0 && happened.Kind != StormEventKind.Finished)
            violations.Add($"request {request}: {happened.Kind} after its end");
        switch (happened.Kind)
        {
            case StormEventKind.Sent:
                answer.Spec = happened.Spec!.Value;
                break;
            case StormEventKind.Refused:
                answer.RefusalCount++;
                if (answer.Tokens.Count > 0)
                    violations.Add($"request {request} was refused after {answer.Tokens.Count} tokens");
                break;
            case StormEventKind.Token:
                answer.Tokens.Add(happened.Token!.Value);
                break;
            case StormEventKind.Broken:
                answer.EndCount++;
                violations.Add($"request {request} broke after {answer.Tokens.Count} tokens: {happened.Text}");
                break;
            default:
                Finish(request, answer, happened.Text, violations);
                break;
        }
    }

    private void Finish(long request, Answer answer, string? finish, List<string> violations)
    {
        if (++answer.EndCount > 1)
        {
            violations.Add($"request {request} was completed {answer.EndCount} times");
            return;
        }
        if (!_references.TryGetValue(answer.Spec, out var reference))
            violations.Add($"request {request}: request list has no reference {answer.Spec}");
        else if (TokenDifference.Of(reference.Tokens, answer.Tokens) is { } difference)
            violations.Add($"request {request} of list entry {answer.Spec}: {difference}");
        else if (finish != reference.Finish)
            violations.Add($"request {request} of list entry {answer.Spec}: finish reason {finish}, undisturbed {reference.Finish}");
    }

    private sealed class Answer
    {
        public int Spec { get; set; } = -1;

        public List<int> Tokens { get; } = [];

        public int EndCount { get; set; }

        public int RefusalCount { get; set; }
    }
}
