using System.Text.Json;
using Gaudi.Actors.Requests;
using Gaudi.Cluster.Http;
using Gaudi.Cluster.Http.Bodies;
using Gaudi.Cluster.Http.Tools;
using Microsoft.Extensions.AI;

namespace Gaudi.Cluster.InProcess;

/// <summary>
/// Turns what happens to a choice into updates: text as it comes, calls when they are whole, usage with the end. One choice.
/// </summary>
internal sealed class ChatUpdates(GenerationPlan plan, ServedModel model, ToolUse tools)
{
    private readonly MessageParts _message = new(tools.NewParser(), $"call_{plan.Choices[0].Request.RequestId}");
    private readonly UsageTally _usage = new(plan);
    private readonly List<ChatDelta> _calls = [];

    /// <summary>The updates of an event; none while text is held back.</summary>
    public IEnumerable<ChatResponseUpdate> Of(ChoiceEvent happened)
    {
        _usage.Add(happened);
        return happened switch
        {
            ChoiceEvent.Grew grew => [.. _message.Push(grew.Text).SelectMany(Update)],
            ChoiceEvent.Ended ended => [.. _message.End(ended.Text).SelectMany(Update), Last(ended.Reason)],
            _ => [],
        };
    }

    private IEnumerable<ChatResponseUpdate> Update(ChatDelta delta)
    {
        if (delta.ToolCalls is not null)
            _calls.Add(delta);
        return delta.Content is { Length: > 0 } text ? [Update(new TextContent(text))] : [];
    }

    private ChatResponseUpdate Last(FinishReason reason)
    {
        var calls = MessageParts.Whole([.. _calls], "").ToolCalls ?? [];
        var usage = _usage.Usage;
        var last = Update(
        [
            .. calls.Select(call => FunctionCallContent.CreateFromParsedArguments(
                call.Function.Arguments ?? "{}", call.Id!, call.Function.Name!,
                static json => JsonSerializer.Deserialize<Dictionary<string, object?>>(json))),
            new UsageContent(new UsageDetails
            {
                InputTokenCount = usage.PromptTokens, OutputTokenCount = usage.CompletionTokens, TotalTokenCount = usage.TotalTokens,
                CachedInputTokenCount = usage.PromptTokensDetails?.CachedTokens,
            }),
        ]);
        last.FinishReason = reason switch
        {
            FinishReason.Stop when calls.Any() && tools.NamesCallsAsReason => ChatFinishReason.ToolCalls,
            FinishReason.Stop => ChatFinishReason.Stop,
            FinishReason.Length => ChatFinishReason.Length,
            _ => new ChatFinishReason("abort"),
        };
        return last;
    }

    private ChatResponseUpdate Update(params IList<AIContent> contents) => new(ChatRole.Assistant, contents)
    {
        ResponseId = plan.AnswerId, MessageId = plan.AnswerId, ModelId = model.Name,
        CreatedAt = DateTimeOffset.FromUnixTimeSeconds(plan.CreatedUnixSeconds),
    };
}
