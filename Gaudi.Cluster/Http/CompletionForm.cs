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
    private readonly ImmutableArray<string> _echoes =
        isEchoed ? [.. plan.Prompts.Select(prompt => TextOf(prompt, plan, model))] : [.. plan.Prompts.Select(_ => "")];
    private readonly bool[] _isOpened = new bool[plan.Choices.Length];

    /// <inheritdoc/>
    public override byte[] Whole(ImmutableArray<ChoiceTally> choices, UsageBody usage) => Bytes(Answer(
        [.. choices.Select((tally, index) =>
            Choice(index, isFirst: true, tally.Text, tally.Tokens, tally.Reason, tally.StopReason) with
            {
                PromptLogprobs = plan.Fields.ShowsPromptLogprobs ? _logprobs.Prompt(ScoresOf(index)) : null,
            })],
        new UsageSlot(usage)) with { KvTransferParams = KvTransferBody.Of(choices[0].KvTransfer) });

    /// <inheritdoc/>
    public override IEnumerable<byte[]> Opening(UsageSlot? usage) => [];

    /// <inheritdoc/>
    public override IEnumerable<byte[]> Frames(ChoiceEvent.Grew grew, UsageSlot? usage) =>
        [Frame(grew.Index, grew.Text, grew.Tokens, null, null, usage)];

    /// <inheritdoc/>
    public override IEnumerable<byte[]> Frames(ChoiceEvent.Ended ended, UsageSlot? usage) =>
        [Frame(ended.Index, ended.Text, ended.Tokens, ended.Reason, ended.StopReason, usage)];

    /// <inheritdoc/>
    public override byte[] UsageFrame(UsageBody usage) => Bytes(Answer([], new UsageSlot(usage)));

    private byte[] Frame(
        int index, string text, ImmutableArray<GeneratedToken> tokens, FinishReason? reason, StopReason? stopReason,
        UsageSlot? usage)
    {
        var isFirst = !_isOpened[index];
        _isOpened[index] = true;
        return Bytes(Answer([Choice(index, isFirst, text, tokens, reason, stopReason)], usage));
    }

    /// <summary>What a frame adds to a choice; the first, or only, one begins with what is told of the prompt.</summary>
    private CompletionChoice Choice(
        int index, bool isFirst, string text, ImmutableArray<GeneratedToken> tokens, FinishReason? reason,
        StopReason? stopReason)
    {
        var echo = _echoes[index / plan.Fields.ChoiceCount];
        return new CompletionChoice(
            index, isFirst ? echo + text : text, Logprobs(index, isFirst && isEchoed, tokens, echo),
            reason is { } ended ? Word(ended) : null, stopReason)
        {
            PromptTokenIds = isFirst && _showsIds ? plan.PromptOf(index).Ids : null,
            TokenIds = Ids(_showsIds, tokens),
        };
    }

    private CompletionLogprobs? Logprobs(int index, bool withPrompt, ImmutableArray<GeneratedToken> tokens, string echo)
    {
        if (!_showsLogprobs || (tokens.IsEmpty && !withPrompt))
            return null;
        var generated = _logprobs.Completion(tokens, echo.EnumerateRunes().Count());
        return withPrompt
            ? _logprobs.Echoed(plan.PromptOf(index).Ids, ScoresOf(index), plan.Fields.SkipsSpecialTokens).Then(generated)
            : generated;
    }

    private CompletionAnswer Answer(ImmutableArray<CompletionChoice> choices, UsageSlot? usage) => new(
        plan.AnswerId, "text_completion", plan.CreatedUnixSeconds, model.Name, choices)
    {
        Usage = usage,
    };

    private static string TextOf(PromptTokens prompt, GenerationPlan plan, ServedModel model) =>
        prompt.Text ?? model.Tokenizer.Decode(prompt.Ids.AsSpan(), plan.Fields.SkipsSpecialTokens);

    private static byte[] Bytes(CompletionAnswer answer) =>
        JsonSerializer.SerializeToUtf8Bytes(answer, HttpJson.Written.CompletionAnswer);
}
