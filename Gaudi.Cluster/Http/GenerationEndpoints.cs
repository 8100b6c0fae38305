using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;

namespace Gaudi.Cluster.Http;

/// <summary>POST /v1/completions and POST /v1/chat/completions.</summary>
internal sealed class GenerationEndpoints(
    HttpServerSettings settings, ServedModel model, GenerationResponder responder, FieldLog fieldLog,
    IRequestNumbers numbers, TimeProvider time)
{
    private readonly PromptEncoder _encoder = new(model);

    /// <summary>Answers a completion.</summary>
    public async Task CompleteAsync(HttpContext http)
    {
        var (fields, named) = await ModelRequest.ReadNamedAsync(http, model, settings);
        var request = CompletionRequest.Read(fields, named, _encoder, settings, numbers);
        fieldLog.Log(fields);
        CheckChoiceCount(request.Prompts.Length, request.Fields);
        CheckPromptLogprobs(request.Prompts, request.Fields);
        var plan = GenerationPlan.Of(
            "cmpl-", RequestIdentity.Current(http), Now(), request.Fields, request.Prompts, named,
            prompt => _encoder.TokensMax(prompt, request.Fields.TokensMax, CompletionRequest.TokensMaxUnasked));
        await responder.RespondAsync(http, plan, new CompletionForm(plan, named, request.IsEchoed));
    }

    /// <summary>Answers a conversation.</summary>
    public async Task ChatAsync(HttpContext http)
    {
        var (fields, named) = await ModelRequest.ReadNamedAsync(http, model, settings);
        var request = await ChatRequest.ReadAsync(fields, named, _encoder, settings, numbers, time, http.RequestAborted);
        fieldLog.Log(fields);
        CheckChoiceCount(1, request.Fields);
        CheckPromptLogprobs([request.Prompt], request.Fields);
        var plan = GenerationPlan.Of(
            "chatcmpl-", RequestIdentity.Current(http), Now(), request.Fields, [request.Prompt], named,
            prompt => _encoder.TokensMax(prompt, request.Fields.TokensMax, model.ContextTokensMax));
        await responder.RespondAsync(http, plan, new ChatForm(plan, named, request.Tools, request.Echo));
    }

    private void CheckChoiceCount(int promptCount, GenerationFields fields)
    {
        if ((long)promptCount * fields.ChoiceCount > settings.ChoicesMax)
            throw ApiException.Invalid(
                $"Expected at most {settings.ChoicesMax} choices in one request, got {promptCount} prompts of n = "
                + $"{fields.ChoiceCount}.", "n");
        KvTransferFields.CheckChoiceCount(fields.KvTransfer, promptCount * fields.ChoiceCount);
    }

    private void CheckPromptLogprobs(ImmutableArray<PromptTokens> prompts, GenerationFields fields)
    {
        if (fields.PromptLogprobCount is not { } alternativeCount)
            return;
        var entryCount = prompts.Sum(prompt => (long)prompt.Ids.Length) * fields.ChoiceCount * (1L + alternativeCount);
        if (entryCount > settings.PromptLogprobEntriesMax)
            throw ApiException.Invalid(
                $"Expected at most {settings.PromptLogprobEntriesMax} logprobs of prompt tokens in one answer, got {entryCount}: ask for "
                + "fewer alternatives or choices, or shorten the prompt.", fields.ShowsPromptLogprobs ? "prompt_logprobs" : "echo");
    }

    private long Now() => time.GetUtcNow().ToUnixTimeSeconds();
}
