using System.Collections.Immutable;
using Gaudi.Cluster.Http.Bodies;

namespace Gaudi.Cluster.Http.Tools;

/// <summary>The message of one choice while it grows: its text, read by the parser, as deltas. Not thread-safe.</summary>
/// <param name="parser">For this choice alone.</param>
/// <param name="callIdPrefix">Begins the id of every call; its number follows.</param>
internal sealed class MessageParts(IToolCallParser parser, string callIdPrefix)
{
    private readonly ImmutableArray<GeneratedToken>.Builder _waiting = ImmutableArray.CreateBuilder<GeneratedToken>();
    private int _callCount;

    /// <summary>Calls begun so far.</summary>
    public bool HasCall => _callCount > 0;

    /// <summary>What the message gains by more text; none while text is held back.</summary>
    public ImmutableArray<ChatDelta> Push(string text) => [.. parser.Push(text).Select(Delta)];

    /// <summary>What the message gains by the last text.</summary>
    public ImmutableArray<ChatDelta> End(string text) => [.. parser.Push(text).AddRange(parser.End()).Select(Delta)];

    /// <summary>Tokens that wait for a frame to go with.</summary>
    public void Wait(ImmutableArray<GeneratedToken> tokens) => _waiting.AddRange(tokens);

    /// <summary>The tokens that waited.</summary>
    public ImmutableArray<GeneratedToken> TakeWaiting()
    {
        var tokens = _waiting.ToImmutable();
        _waiting.Clear();
        return tokens;
    }

    /// <summary>Deltas put together.</summary>
    /// <param name="deltas">All of one choice.</param>
    /// <param name="echo">What the content begins with; empty for nothing.</param>
    public static ChatAnswerMessage Whole(ImmutableArray<ChatDelta> deltas, string echo)
    {
        var content = echo + string.Concat(deltas.Select(delta => delta.Content));
        var calls = deltas.SelectMany(delta => delta.ToolCalls ?? []).GroupBy(call => call.Index).Select(pieces =>
            pieces.First() with
            {
                Index = null,
                Function = new FunctionCall(
                    pieces.First().Function.Name, string.Concat(pieces.Select(piece => piece.Function.Arguments))),
            }).ToArray();
        return new ChatAnswerMessage("assistant", calls.Length > 0 && content == "" ? null : content, null)
        {
            ToolCalls = calls.Length == 0 ? null : calls,
        };
    }

    private ChatDelta Delta(AnswerPart part) => part switch
    {
        AnswerPart.Content content => new ChatDelta(null, content.Text),
        AnswerPart.CallBegun begun => Call(
            new ChatToolCall(_callCount, $"{callIdPrefix}-{_callCount++}", "function", new FunctionCall(begun.Name, ""))),
        AnswerPart.ArgumentsGrew grew => Call(new ChatToolCall(_callCount - 1, null, null, new FunctionCall(null, grew.Json))),
        _ => throw new System.Diagnostics.UnreachableException($"part {part}"),
    };

    private static ChatDelta Call(ChatToolCall call) => new(null, null) { ToolCalls = [call] };
}
