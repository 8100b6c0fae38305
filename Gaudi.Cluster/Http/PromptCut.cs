using System.Collections.Immutable;

namespace Gaudi.Cluster.Http;

/// <summary>`truncate_prompt_tokens` and `truncation_side`: how much of a long prompt is kept.</summary>
/// <param name="KeptTokensMax">How many tokens of the prompt are kept; null keeps all.</param>
/// <param name="KeepsFirst">The first are kept, not the last.</param>
internal readonly record struct PromptCut(int? KeptTokensMax, bool KeepsFirst)
{
    private const string Name = "truncate_prompt_tokens";
    private const string SideName = "truncation_side";

    /// <summary>Reads and checks the fields; -1 keeps what the context has room for.</summary>
    /// <exception cref="ApiException">A type, 0, more than the context, or no side.</exception>
    public static PromptCut Read(RequestFields fields, int? tokensMax, ServedModel model)
    {
        var keepsFirst = KeepsFirstIn(fields);
        if (fields.Integer(Name, -1, int.MaxValue) is not { } asked)
            return new PromptCut(null, keepsFirst);
        if (asked == 0 || asked > model.ContextTokensMax)
            throw ApiException.Invalid(
                $"Expected `{Name}` to be -1 or from 1 to {model.ContextTokensMax}, the model's maximum context length, got {asked}.",
                Name);
        var room = Math.Max(1, model.ContextTokensMax - Math.Max(1, tokensMax ?? 1));
        return new PromptCut(asked == -1 ? room : (int)asked, keepsFirst);
    }

    /// <summary>The ids that are kept.</summary>
    public ImmutableArray<int> Of(ImmutableArray<int> ids) => ids.Length > KeptTokensMax
        ? KeepsFirst ? ids[..KeptTokensMax.Value] : ids[^KeptTokensMax.Value..]
        : ids;

    private static bool KeepsFirstIn(RequestFields fields) => fields.Text(SideName) switch
    {
        null or "left" => false,
        "right" => true,
        var other => throw ApiException.Invalid($"Expected `{SideName}` to be left or right, got {JsonText.Quoted(other)}.", SideName),
    };
}
