using System.Collections.Immutable;

namespace Gaudi.Cluster.Http;

/// <summary>`truncate_prompt_tokens`: how much of a long prompt is kept.</summary>
/// <param name="KeptTokensMax">The last tokens of the prompt that are kept; null keeps all.</param>
internal readonly record struct PromptCut(int? KeptTokensMax)
{
    private const string Name = "truncate_prompt_tokens";

    /// <summary>Reads and checks the field; -1 keeps what the context has room for.</summary>
    /// <exception cref="ApiException">A type, 0, or more than the context.</exception>
    public static PromptCut Read(RequestFields fields, int? tokensMax, ServedModel model)
    {
        if (fields.Integer(Name, -1, int.MaxValue) is not { } asked)
            return new PromptCut(null);
        if (asked == 0 || asked > model.ContextTokensMax)
            throw ApiException.Invalid(
                $"Expected `{Name}` to be -1 or from 1 to {model.ContextTokensMax}, the model's maximum context length, got {asked}.",
                Name);
        return new PromptCut(asked == -1 ? Math.Max(1, model.ContextTokensMax - (tokensMax ?? 1)) : (int)asked);
    }

    /// <summary>The ids that are kept.</summary>
    public ImmutableArray<int> Of(ImmutableArray<int> ids) => ids.Length > KeptTokensMax ? ids[^KeptTokensMax.Value..] : ids;
}
