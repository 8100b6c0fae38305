using System.Collections.Immutable;

namespace Gaudi.Cluster.Http;

/// <summary>A POST to /v1/completions, checked.</summary>
/// <param name="Fields">What chat has too.</param>
/// <param name="Prompts">At least one.</param>
/// <param name="IsEchoed">The answer's text begins with the prompt's.</param>
internal sealed record CompletionRequest(GenerationFields Fields, ImmutableArray<PromptTokens> Prompts, bool IsEchoed)
{
    /// <summary>Tokens generated when the client names no limit. Source: vLLM and OpenAI.</summary>
    public const int TokensMaxUnasked = 16;

    /// <summary>Reads and checks the fields.</summary>
    /// <exception cref="ApiException">Names the field at fault.</exception>
    public static CompletionRequest Read(
        RequestFields fields, ServedModel model, PromptEncoder encoder, HttpServerSettings settings,
        IRequestNumbers numbers)
    {
        UnsupportedFields.RefuseInCompletions(fields);
        int? logprobCount = fields.Integer("logprobs", -1, int.MaxValue) is { } asked
            ? GenerationFields.CheckLogprobCount(asked, "logprobs", model, settings)
            : null;
        var isEchoed = fields.Flag("echo", absent: false);
        var common = GenerationFields.Read(fields, model, settings, numbers, logprobCount, tokensMaxLeast: isEchoed ? 0 : 1);
        if (isEchoed)
            common = common with { PromptLogprobCount = common.PromptLogprobCount ?? logprobCount };
        var prompt = fields.Element("prompt")
            ?? throw ApiException.Invalid(
                "Expected `prompt`: a string, token ids, or an array of either; got none.", "prompt");
        var addSpecialTokens = fields.Flag("add_special_tokens", absent: true);
        var cut = PromptCut.Read(fields, common.TokensMax, model);
        var prompts = new PromptInputs("prompt", settings.ChoicesMax, "prompts").Read(prompt, addSpecialTokens, cut, encoder);
        return new CompletionRequest(common, prompts, isEchoed);
    }
}
