using System.Collections.Immutable;
using Gaudi.Actors.Requests;

namespace Gaudi.Cluster.Http;

/// <summary>A checked request, ready to run: the choices, and what all of its answer's frames have in common.</summary>
/// <param name="AnswerId">`chatcmpl-` or `cmpl-`, and the request id.</param>
/// <param name="CreatedUnixSeconds">When the request came.</param>
/// <param name="Fields">As the client asked.</param>
/// <param name="Prompts">In the client's order.</param>
/// <param name="Choices">By index: all choices of the first prompt, then the second's.</param>
internal sealed record GenerationPlan(
    string AnswerId, long CreatedUnixSeconds, GenerationFields Fields, ImmutableArray<PromptTokens> Prompts,
    ImmutableArray<ChoicePlan> Choices)
{
    /// <summary>Tokens of all prompts together.</summary>
    public int PromptTokenCount => Prompts.Sum(prompt => prompt.Ids.Length);

    /// <summary>The prompt of a choice.</summary>
    public PromptTokens PromptOf(int choiceIndex) => Prompts[choiceIndex / Fields.ChoiceCount];

    /// <summary>The choices of a request.</summary>
    /// <param name="answerPrefix">`chatcmpl-` or `cmpl-`.</param>
    /// <param name="identity">Of the request.</param>
    /// <param name="createdUnixSeconds">When the request came.</param>
    /// <param name="fields">As the client asked.</param>
    /// <param name="prompts">At least one.</param>
    /// <param name="model">The served one.</param>
    /// <param name="tokensMaxOf">How many tokens a choice of this prompt may generate; 0 for the prompt alone.</param>
    /// <exception cref="ApiException">`min_tokens` is more than that.</exception>
    public static GenerationPlan Of(
        string answerPrefix, RequestIdentity identity, long createdUnixSeconds, GenerationFields fields,
        ImmutableArray<PromptTokens> prompts, ServedModel model, Func<PromptTokens, int> tokensMaxOf)
    {
        var stopTokenIds = fields.Stop.AllTokenIds(model.EosTokenIds);
        var choiceCount = prompts.Length * fields.ChoiceCount;
        var group = choiceCount == 1 ? null : new ChoiceGroup(identity.Unique, choiceCount);
        var choices = prompts.SelectMany((prompt, promptIndex) =>
        {
            var tokensMax = tokensMaxOf(prompt);
            if (fields.Sampling.TokensMin > tokensMax)
                throw ApiException.Invalid(
                    $"Expected `min_tokens` to be at most max_tokens, which is {tokensMax}, got {fields.Sampling.TokensMin}.",
                    "min_tokens");
            return Enumerable.Range(0, fields.ChoiceCount).Select(choice =>
            {
                var index = (promptIndex * fields.ChoiceCount) + choice;
                var engineId = group is null ? identity.Unique : $"{identity.Unique}-{index}";
                return new ChoicePlan(
                    index,
                    new GenerationRequest(
                        engineId, model.EngineName, prompt.Ids, fields.Sampling, Math.Max(1, tokensMax), stopTokenIds, choice)
                    {
                        Priority = fields.Priority,
                        CacheKeys = new CacheKeys(fields.CacheSalt, model.Lora?.Id, prompt.Items),
                        Lora = model.Lora,
                        Images = prompt.Images,
                        PromptLogprobCount = fields.PromptLogprobCount,
                        Constraint = fields.Constraint,
                        Group = group,
                        KvTransfer = fields.KvTransfer,
                    },
                    fields.Stop, fields.SkipsSpecialTokens, model.EosTokenIds)
                {
                    Arrived = identity.Arrived,
                    IsPromptAlone = tokensMax == 0,
                };
            });
        });
        return new GenerationPlan(answerPrefix + identity.Shown, createdUnixSeconds, fields, prompts, [.. choices]);
    }
}
