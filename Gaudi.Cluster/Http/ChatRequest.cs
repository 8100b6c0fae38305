using Gaudi.Cluster.Http.Tools;

namespace Gaudi.Cluster.Http;

/// <summary>A POST to /v1/chat/completions, checked.</summary>
/// <param name="Fields">What completions have too.</param>
/// <param name="Prompt">The conversation as the template wrote it.</param>
/// <param name="TopLogprobs">How many alternatives each token of `logprobs` lists; null when none were asked
/// for.</param>
/// <param name="Tools">Functions, and how the answer may call them.</param>
/// <param name="Echo">What each answer begins with; empty for nothing.</param>
internal sealed record ChatRequest(GenerationFields Fields, PromptTokens Prompt, int? TopLogprobs, ToolUse Tools, string Echo)
{
    /// <summary>Reads and checks the fields, and gets the images they name.</summary>
    /// <exception cref="ApiException">Names the field at fault.</exception>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public static async Task<ChatRequest> ReadAsync(
        RequestFields fields, ServedModel model, PromptEncoder encoder, HttpServerSettings settings,
        IRequestNumbers numbers, TimeProvider time, CancellationToken cancellation)
    {
        UnsupportedFields.RefuseInChat(fields);
        var logprobCount = LogprobCount(fields, model, settings);
        var tools = ToolUse.Read(fields, settings);
        var common = WithTools(GenerationFields.Read(fields, model, settings, numbers, logprobCount), tools, model);
        var conversation = Conversation.Read(fields, model, settings);
        // Templates write the special tokens themselves, so the encoder adds none unless the client asks for it.
        var addSpecialTokens = fields.Flag("add_special_tokens", absent: false);
        var text = ChatPrompt.Render(model, conversation, tools.ForTemplate, time);
        var cut = PromptCut.Read(fields, common.TokensMax, model);
        var encoded = encoder.Encode(text, addSpecialTokens, cut, "messages");
        var prompt = await ImagePrompt.OfAsync(model, conversation, encoded, settings, cancellation).ConfigureAwait(false);
        return new ChatRequest(common, prompt, logprobCount, tools, EchoOf(fields, conversation));
    }

    // As in vLLM: the answer begins with the last message where the assistant said that too.
    private static string EchoOf(RequestFields fields, Conversation conversation) =>
        fields.Flag("echo", absent: false) && conversation.Messages[^1] is { Role: "assistant" } last ? last.Content : "";

    private static GenerationFields WithTools(GenerationFields common, ToolUse tools, ServedModel model)
    {
        if (tools.NeedsSpecialTokens)
            common = common with { SkipsSpecialTokens = false };
        if (ToolSchemas.Of(tools) is not { } calls)
            return common;
        if (common.Constraint is not null)
            throw ApiException.Invalid(
                "Expected one form for the answer, got one from `tool_choice` and one from another field; leave one out.",
                "tool_choice");
        return common with { Constraint = ConstraintFields.Checked(calls, "tools", model) };
    }

    private static int? LogprobCount(RequestFields fields, ServedModel model, HttpServerSettings settings)
    {
        var areWanted = fields.Flag("logprobs", absent: false);
        var count = fields.Integer("top_logprobs", -1, int.MaxValue);
        if (!areWanted && count is not (null or 0))
            throw ApiException.Invalid(
                "Expected `top_logprobs` only together with `\"logprobs\": true`.", "top_logprobs");
        return areWanted ? GenerationFields.CheckLogprobCount(count ?? 0, "top_logprobs", model, settings) : null;
    }
}
