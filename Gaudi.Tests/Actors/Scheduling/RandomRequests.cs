using System.Collections.Immutable;
using Gaudi.Actors.Constraints;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Gaudi.Actors.Settings;
using Gaudi.Hpu.Execution;
using Xunit;

namespace Gaudi.Tests.Actors.Scheduling;

/// <summary>Requests of every kind: prompts that begin alike, stop tokens, priorities, adapters, salts, penalties, scores.</summary>
internal sealed class RandomRequests(Random random, SchedulerSettings settings, int maxModelLen)
{
    /// <summary>Answers with many alternatives that a step's messages carry.</summary>
    internal const int LongAnswersMax = 2;

    // Long beginnings that many prompts share.
    private readonly int[][] _beginnings =
        [.. Enumerable.Range(0, 3).Select(_ => (int[])[.. Enumerable.Range(0, 12).Select(_ => random.Next(4))])];

    private static readonly ImmutableArray<OutputConstraint> Forms =
    [
        FakeForms.Regex("[a-m]{3,9}"), FakeForms.Regex("(ab|cde|[x-z]{2})+"), FakeForms.Regex("[0-9a-z]*"),
        new(ConstraintKind.Choice, """["yes","no","perhaps","yesterday"]"""),
        new(ConstraintKind.JsonSchema, """{"type":"array","items":{"enum":["ab",true,7]},"minItems":1,"maxItems":3}"""),
    ];

    private readonly bool _hasLoras = random.Next(3) == 0;

    private int _count;

    /// <summary>A request, and what an earlier life of it generated.</summary>
    internal (GenerationRequest Request, ImmutableArray<int> Emitted) Next()
    {
        var prompt = _beginnings[random.Next(3)].Take(random.Next(12))
            .Concat(Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(4))).ToList();
        var tokensMax = random.Next(1, 12);
        var form = random.Next(4) == 0 ? Forms[random.Next(Forms.Length)] : null;
        var whole = FakeModel.Continue(prompt, tokensMax);
        int[] stops = random.Next(4) == 0 || form is not null ? [whole[random.Next(tokensMax)]] : [];
        var request = Given.Request($"{++_count}", prompt, tokensMax, 0, stops) with
        {
            Priority = settings.Policy == SchedulingPolicy.Priority || random.Next(20) == 0 ? random.Next(-2, 3) : 0,
            Constraint = form,
            PromptLogprobCount = random.Next(6) == 0 ? 1 : null,
            CacheKeys = new CacheKeys(
                random.Next(6) == 0 ? $"salt {random.Next(2)}" : null, _hasLoras && random.Next(2) == 0 ? $"lora {random.Next(3)}" : null,
                []),
            Sampling = random.Next(4) == 0 ? Given.Greedy with { RepetitionPenalty = 1.5f } : Given.Greedy with
            {
                LogprobCount = random.Next(4) == 0 ? (int)StepLoad.EntriesMax / (LongAnswersMax + 1) + 1 : null,
            },
        };
        var answer = Expected(request, maxModelLen).Skip(prompt.Count);
        if (form is null && request.PromptLogprobCount is null && random.Next(6) == 0)
        {
            var pooled = request with { Pooling = (PoolingMode)random.Next(2), TokensMax = 1, StopTokenIds = [] };
            return (pooled, []);
        }
        return (request, [.. answer.Take(random.Next(3) == 0 ? random.Next(tokensMax) : 0)]);
    }

    /// <summary>All tokens of the request when it is alone.</summary>
    internal static List<int> Expected(GenerationRequest request, int maxModelLen)
    {
        List<int> tokens = [.. request.PromptTokenIds];
        if (request.Pooling is not null)
            return tokens;
        var most = Math.Min(tokens.Count + request.TokensMax, maxModelLen);
        var form = request.Constraint is { } constraint
            ? new ConstraintCursor(FakeForms.Of(constraint), request.StopTokenIds, FakeModel.VocabularySize)
            : null;
        while (tokens.Count < most && form?.IsFinal != true)
        {
            tokens.Add(FakeModel.Next(tokens, form?.Masks([])[0]));
            Assert.NotEqual(false, form?.TryAdvance(tokens[^1]));
            if (request.StopTokenIds.Contains(tokens[^1]))
                break;
        }
        return tokens;
    }
}
