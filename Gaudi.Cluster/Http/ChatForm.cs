using System.Collections.Immutable;
using System.Text.Json;
using Gaudi.Actors.Requests;
using Gaudi.Cluster.Http.Bodies;
using Gaudi.Cluster.Http.Tools;

namespace Gaudi.Cluster.Http;

/// <summary>The form of /v1/chat/completions. Not thread-safe: it remembers each choice's calls.</summary>
/// <param name="plan">What is answered.</param>
/// <param name="model">The served one.</param>
/// <param name="tools">How calls are found in the text.</param>
/// <param name="echo">What each message begins with; empty for nothing.</param>
internal sealed class ChatForm(GenerationPlan plan, ServedModel model, ToolUse tools, string echo) : AnswerForm
{
    private readonly LogprobText _logprobs = new(model.Tokenizer, plan.Fields.TokensAreIds);
    private readonly bool _showsLogprobs = plan.Fields.Sampling.LogprobCount != null;
    private readonly bool _showsIds = plan.Fields.ReturnsTokenIds;
    private readonly ImmutableArray<MessageParts> _messages =
        [.. plan.Choices.Select(choice => new MessageParts(tools.NewParser(), $"call_{choice.Request.RequestId}"))];

    /// <inheritdoc/>
    public override byte[] Whole(ImmutableArray<ChoiceTally> choices, UsageBody usage)
    {
        var answer = new ChatAnswer(
            plan.AnswerId, "chat.completion", plan.CreatedUnixSeconds, model.Name, [.. choices.Select(Choice)], usage)
        {
            PromptLogprobs = plan.Fields.ShowsPromptLogprobs ? _logprobs.Prompt(ScoresOf(0)) : null,
            PromptTokenIds = _showsIds ? plan.Prompts[0].Ids : null,
            KvTransferParams = KvTransferBody.Of(choices[0].KvTransfer),
        };
        return JsonSerializer.SerializeToUtf8Bytes(answer, HttpJson.Written.ChatAnswer);
    }

    /// <inheritdoc/>
    public override IEnumerable<byte[]> Opening(UsageSlot? usage) => plan.Choices.Select(choice => Bytes(
        Frame(new ChatFrameChoice(choice.Index, new ChatDelta("assistant", echo), null, null), usage) with
        {
            PromptTokenIds = _showsIds ? plan.Prompts[0].Ids : null,
        }));

    /// <inheritdoc/>
    public override IEnumerable<byte[]> Frames(ChoiceEvent.Grew grew, UsageSlot? usage)
    {
        _messages[grew.Index].Wait(grew.Tokens);
        return _messages[grew.Index].Push(grew.Text).Select(delta => Bytes(Frame(Gain(grew.Index, delta), usage)));
    }

    /// <inheritdoc/>
    public override IEnumerable<byte[]> Frames(ChoiceEvent.Ended ended, UsageSlot? usage)
    {
        var message = _messages[ended.Index];
        message.Wait(ended.Tokens);
        // The reason goes with the last text; behind a call it comes alone.
        var deltas = message.End(ended.Text);
        if (deltas is not [.., { Content: not null }])
            deltas = deltas.Add(new ChatDelta(null, null));
        foreach (var delta in deltas[..^1])
            yield return Bytes(Frame(Gain(ended.Index, delta), usage));
        yield return Bytes(Frame(
            Gain(ended.Index, deltas[^1]) with { FinishReason = Reason(ended.Reason, message), StopReason = ended.StopReason },
            usage));
    }

    /// <inheritdoc/>
    public override byte[] UsageFrame(UsageBody usage) => Bytes(Frame([], new UsageSlot(usage)));

    private ChatAnswerChoice Choice(ChoiceTally tally, int index)
    {
        var message = _messages[index];
        return new ChatAnswerChoice(
            index, MessageParts.Whole(message.End(tally.Text), echo), Logprobs(tally.Tokens),
            Reason(tally.Reason!.Value, message), tally.StopReason)
        {
            TokenIds = Ids(_showsIds, tally.Tokens),
        };
    }

    private ChatFrameChoice Gain(int index, ChatDelta delta)
    {
        var tokens = _messages[index].TakeWaiting();
        return new ChatFrameChoice(index, delta, tokens.IsEmpty ? null : Logprobs(tokens), null)
        {
            TokenIds = Ids(_showsIds, tokens),
        };
    }

    private string Reason(FinishReason reason, MessageParts message) =>
        reason == FinishReason.Stop && message.HasCall && tools.NamesCallsAsReason ? "tool_calls" : Word(reason);

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
