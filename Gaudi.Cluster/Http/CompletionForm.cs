using System.Collections.Immutable;
using System.Text.Json;
using Gaudi.Actors.Requests;
using Gaudi.Cluster.Http.Bodies;

namespace Gaudi.Cluster.Http;

/// <summary>The form of /v1/completions. Not thread-safe: it remembers which choices have had a frame.</summary>
internal sealed class CompletionForm(GenerationPlan plan, ServedModel model, bool isEchoed) : AnswerForm
{
    private readonly LogprobText _logprobs = new(model.Tokenizer, plan.Fields.TokensAreIds);
    private readonly bool _showsLogprobs = plan.Fields.Sampling.LogprobCount != null;
    private readonly bool _showsIds = plan.Fields.ReturnsTokenIds;
    private readonly bool[] _isOpened = new bool[plan.Choices.Length];

    /// <inheritdoc/>
    public override byte[] Whole(ImmutableArray<ChoiceTally> choices, UsageBody usage) => Bytes(Answer(
        [.. choices.Select((tally, index) =>
            Choice(index, Echo(index) + tally.Text, tally.Tokens, tally.Reason, tally.StopReason) with
            {
                PromptTokenIds = PromptIds(index),
            })],
        new UsageSlot(usage)));

    /// <inheritdoc/>
    public override IEnumerable<byte[]> Opening(UsageSlot? usage) => [];

    /// <inheritdoc/>
    public override byte[] Frame(ChoiceEvent.Grew grew, UsageSlot? usage) =>
        Frame(grew.Index, grew.Text, grew.Tokens, null, null, usage);

    /// <inheritdoc/>
    public override byte[] Frame(ChoiceEvent.Ended ended, UsageSlot? usage) =>
        Frame(ended.Index, ended.Text, ended.Tokens, ended.Reason, ended.StopReason, usage);

    /// <inheritdoc/>
    public override byte[] UsageFrame(UsageBody usage) => Bytes(Answer([], new UsageSlot(usage)));

    private byte[] Frame(
        int index, string text, ImmutableArray<GeneratedToken> tokens, FinishReason? reason, StopReason? stopReason,
        UsageSlot? usage)
    {
        var isFirst = !_isOpened[index];
        _isOpened[index] = true;
        var choice = Choice(index, isFirst ? Echo(index) + text : text, tokens, reason, stopReason) with
        {
            PromptTokenIds = isFirst ? PromptIds(index) : null,
        };
        return Bytes(Answer([choice], usage));
    }

    private CompletionChoice Choice(
        int index, string text, ImmutableArray<GeneratedToken> tokens, FinishReason? reason,
        StopReason? stopReason) => new(
        index, text, _showsLogprobs && !tokens.IsEmpty ? _logprobs.Completion(tokens) : null,
        reason is { } ended ? Word(ended) : null, stopReason)
    {
        TokenIds = Ids(_showsIds, tokens),
    };

    private CompletionAnswer Answer(ImmutableArray<CompletionChoice> choices, UsageSlot? usage) => new(
        plan.AnswerId, "text_completion", plan.CreatedUnixSeconds, model.Name, choices)
    {
        Usage = usage,
    };

    private ImmutableArray<int>? PromptIds(int index) => _showsIds ? plan.PromptOf(index).Ids : null;

    private string Echo(int index)
    {
        if (!isEchoed)
            return "";
        var prompt = plan.PromptOf(index);
        return prompt.Text ?? model.Tokenizer.Decode(prompt.Ids.AsSpan(), plan.Fields.SkipsSpecialTokens);
    }

    private static byte[] Bytes(CompletionAnswer answer) =>
        JsonSerializer.SerializeToUtf8Bytes(answer, HttpJson.Written.CompletionAnswer);
}
