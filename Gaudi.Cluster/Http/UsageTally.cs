using Gaudi.Cluster.Http.Bodies;

namespace Gaudi.Cluster.Http;

/// <summary>Counts the tokens of an answer while it grows. Not thread-safe.</summary>
internal sealed class UsageTally(GenerationPlan plan)
{
    private readonly int[] _cachedTokenCounts = new int[plan.Choices.Length];
    private readonly int[] _tokenCounts = new int[plan.Choices.Length];

    /// <summary>Tokens of the choice that has most.</summary>
    public int LongestTokenCount => _tokenCounts.Max();

    /// <summary>So far. Each prompt's cached tokens are those of its first choice: the others find what that one left.</summary>
    public UsageBody Usage => new(
        plan.PromptTokenCount, plan.PromptTokenCount + _tokenCounts.Sum(), _tokenCounts.Sum(),
        new PromptTokensDetails(Enumerable.Range(0, plan.Prompts.Length)
            .Sum(prompt => _cachedTokenCounts[prompt * plan.Fields.ChoiceCount])));

    /// <summary>Counts an event.</summary>
    public void Add(ChoiceEvent happened)
    {
        switch (happened)
        {
            case ChoiceEvent.Started started:
                _cachedTokenCounts[started.Index] = started.CachedTokenCount;
                break;
            case ChoiceEvent.Grew grew:
                _tokenCounts[grew.Index] += grew.Tokens.Length;
                break;
            case ChoiceEvent.Ended ended:
                _tokenCounts[ended.Index] += ended.Tokens.Length;
                if (ended.CachedTokenCount > 0)
                    _cachedTokenCounts[ended.Index] = ended.CachedTokenCount;
                break;
        }
    }
}
