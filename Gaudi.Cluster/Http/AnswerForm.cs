using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Cluster.Http.Bodies;
using Gaudi.Hpu.Execution;

namespace Gaudi.Cluster.Http;

/// <summary>How one API writes an answer: as one body, or as frames. Every result is JSON in UTF-8.</summary>
internal abstract class AnswerForm
{
    private readonly SortedDictionary<int, List<PromptScore>> _scores = [];

    /// <summary>Keeps scores of a choice's prompt for its first frame, or for the whole answer.</summary>
    public void Add(ChoiceEvent.Scored scored)
    {
        if (!_scores.TryGetValue(scored.Index, out var own))
            _scores[scored.Index] = own = [];
        own.AddRange(scored.Scores);
    }

    /// <summary>The whole answer.</summary>
    /// <param name="choices">By index, all ended.</param>
    /// <param name="usage">Of the whole answer.</param>
    public abstract byte[] Whole(ImmutableArray<ChoiceTally> choices, UsageBody usage);

    /// <summary>Frames sent before any token, in order.</summary>
    /// <param name="usage">What the usage's place holds.</param>
    public abstract IEnumerable<byte[]> Opening(UsageSlot? usage);

    /// <summary>What a choice gained, in order; none while it is not clear what its text will be.</summary>
    public abstract IEnumerable<byte[]> Frames(ChoiceEvent.Grew grew, UsageSlot? usage);

    /// <summary>How a choice ended, with its last text; the last frame has the reason.</summary>
    public abstract IEnumerable<byte[]> Frames(ChoiceEvent.Ended ended, UsageSlot? usage);

    /// <summary>The last frame when the client asked for the usage.</summary>
    public abstract byte[] UsageFrame(UsageBody usage);

    /// <summary>The word of the API for an ending.</summary>
    protected static string Word(FinishReason reason) => reason switch
    {
        FinishReason.Stop => "stop",
        FinishReason.Length => "length",
        FinishReason.Abort => "abort",
        _ => throw new System.Diagnostics.UnreachableException($"finish reason {reason}"),
    };

    /// <summary>The scores of a choice's prompt, by position from 1; empty where none were asked for.</summary>
    protected IReadOnlyList<PromptScore> ScoresOf(int index) => _scores.GetValueOrDefault(index) ?? [];

    /// <summary>The ids of some tokens, or null where the client did not ask for them.</summary>
    protected static IReadOnlyList<int>? Ids(bool areWanted, ImmutableArray<GeneratedToken> tokens) =>
        areWanted ? [.. tokens.Select(token => token.Id)] : null;
}
