using System.Collections.Immutable;
using System.Text.Json;
using Gaudi.Actors.Requests;
using Gaudi.Cluster.Http.Bodies;

namespace Gaudi.Cluster.Http;

/// <summary>The form of /v1/chat/completions.</summary>
internal sealed class ChatForm(GenerationPlan plan, ServedModel model) : AnswerForm
{
    private readonly LogprobText _logprobs = new(model.Tokenizer, plan.Fields.TokensAreIds);
    private readonly bool _showsLogprobs = plan.Fields.Sampling.LogprobCount != null;
    private readonly bool _showsIds = plan.Fields.ReturnsTokenIds;

    /// <inheritdoc/>
    public override byte[] Whole(ImmutableArray<ChoiceTally> choices, UsageBody usage)
    {
        var answer = new ChatAnswer(
            plan.AnswerId, "chat.completion", plan.CreatedUnixSeconds, model.Name, [.. choices.Select(Choice)], usage)
        {
            PromptLogprobs = plan.Fields.ShowsPromptLogprobs ? _logprobs.Prompt(ScoresOf(0)) : null,
            PromptTokenIds = _showsIds ? plan.Prompts[0].Ids : null,
        };
        return JsonSerializer.SerializeToUtf8Bytes(answer, HttpJson.Written.ChatAnswer);
    }

    /// <inheritdoc/>
    public override IEnumerable<byte[]> Opening(UsageSlot? usage) => plan.Choices.Select(choice => Bytes(
        Frame(new ChatFrameChoice(choice.Index, new ChatDelta("assistant", ""), null, null), usage) with
        {
            PromptTokenIds = _showsIds ? plan.Prompts[0].Ids : null,
        }));

    /// <inheritdoc/>
    public override byte[] Frame(ChoiceEvent.Grew grew, UsageSlot? usage) =>
        Bytes(Frame(Delta(grew.Index, grew.Text, grew.Tokens, null, null), usage));

    /// <inheritdoc/>
    public override byte[] Frame(ChoiceEvent.Ended ended, UsageSlot? usage) =>
        Bytes(Frame(Delta(ended.Index, ended.Text, ended.Tokens, ended.Reason, ended.StopReason), usage));

    /// <inheritdoc/>
    public override byte[] UsageFrame(UsageBody usage) => Bytes(Frame([], new UsageSlot(usage)));

    private ChatAnswerChoice Choice(ChoiceTally tally, int index) => new(
        index, new ChatAnswerMessage("assistant", tally.Text, null), Logprobs(tally.Tokens), Word(tally.Reason!.Value),
        tally.StopReason)
    {
        TokenIds = Ids(_showsIds, tally.Tokens),
    };

    private ChatFrameChoice Delta(
        int index, string text, ImmutableArray<GeneratedToken> tokens, FinishReason? reason, StopReason? stopReason) =>
        new(index, new ChatDelta(null, text == "" ? null : text), tokens.IsEmpty ? null : Logprobs(tokens),
            reason is { } ended ? Word(ended) : null)
        {
            StopReason = stopReason,
            TokenIds = Ids(_showsIds, tokens),
        };

    private ChatLogprobs? Logprobs(ImmutableArray<GeneratedToken> tokens) =>
        _showsLogprobs ? _logprobs.Chat(tokens) : null;

    private ChatFrame Frame(ChatFrameChoice choice, UsageSlot? usage) => Frame([choice], usage);

    private ChatFrame Frame(ImmutableArray<ChatFrameChoice> choices, UsageSlot? usage) => new(
        plan.AnswerId, "chat.completion.chunk", plan.CreatedUnixSeconds, model.Name, choices)
    {
        Usage = usage,
    };

    private static byte[] Bytes(ChatFrame frame) =>
        JsonSerializer.SerializeToUtf8Bytes(frame, HttpJson.Written.ChatFrame);
}
