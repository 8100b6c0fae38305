using System.Collections.Immutable;
using System.Text.Json;

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
        var common = GenerationFields.Read(fields, model, settings, numbers, logprobCount);
        if (isEchoed)
            common = common with { PromptLogprobCount = common.PromptLogprobCount ?? logprobCount };
        var prompt = fields.Element("prompt")
            ?? throw ApiException.Invalid(
                "Expected `prompt`: a string, token ids, or an array of either; got none.", "prompt");
        var addSpecialTokens = fields.Flag("add_special_tokens", absent: true);
        var cut = PromptCut.Read(fields, common.TokensMax, model);
        return new CompletionRequest(common, PromptsOf(prompt, addSpecialTokens, cut, encoder, settings), isEchoed);
    }

    private static ImmutableArray<PromptTokens> PromptsOf(
        JsonElement prompt, bool addSpecialTokens, PromptCut cut, PromptEncoder encoder, HttpServerSettings settings)
    {
        const string Name = "prompt";
        const string Expected =
            "a string, an array of strings, an array of token ids, or an array of arrays of token ids";
        if (prompt.ValueKind == JsonValueKind.String)
            return [encoder.Encode(RequestFields.TextOf(prompt, Name), addSpecialTokens, cut, Name)];
        if (prompt.ValueKind != JsonValueKind.Array || prompt.GetArrayLength() == 0)
            throw RequestFields.Wrong(Name, $"{Expected}, and not empty", prompt);
        if (prompt[0].ValueKind == JsonValueKind.Number)
            return [encoder.Take(TokenIds(prompt), cut, Name)];
        if (prompt.GetArrayLength() > settings.ChoicesMax)
            throw ApiException.Invalid(
                $"Expected at most {settings.ChoicesMax} prompts, got {prompt.GetArrayLength()}.", Name);
        return prompt[0].ValueKind switch
        {
            JsonValueKind.String =>
                [.. prompt.EnumerateArray().Select(
                    item => encoder.Encode(RequestFields.TextOf(item, Name), addSpecialTokens, cut, Name))],
            JsonValueKind.Array =>
                [.. prompt.EnumerateArray().Select(item => encoder.Take(TokenIds(item), cut, Name))],
            _ => throw RequestFields.Wrong(Name, Expected, prompt),
        };
    }

    private static ImmutableArray<int> TokenIds(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array)
            throw RequestFields.Wrong("prompt", "arrays of token ids throughout, like its first item", list);
        return [.. list.EnumerateArray().Select(
            item => (int)RequestFields.IntegerOf(item, "prompt", 0, int.MaxValue))];
    }
}
