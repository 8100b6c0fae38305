using System.Collections.Immutable;
using Gaudi.Actors.Requests;

namespace Gaudi.Actors.Scheduling;

/// <summary>One choice of one request inside a replica: its tokens, how many are computed, the blocks it owns.</summary>
public sealed class Sequence
{
    private readonly List<int> _tokens;

    internal Sequence(long id, GenerationRequest request, ImmutableArray<int> emitted)
    {
        Id = id;
        Request = request;
        _tokens = [.. request.PromptTokenIds, .. emitted];
    }

    /// <summary>Unique in the replica.</summary>
    public long Id { get; }

    /// <summary>What was asked for.</summary>
    public GenerationRequest Request { get; }

    /// <summary>Prompt and generated tokens.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <summary>Tokens whose keys and values are in the blocks.</summary>
    public int ComputedCount { get; internal set; }

    /// <summary>The blocks it owns; empty while it waits.</summary>
    public ImmutableArray<int> Blocks { get; internal set; } = [];

    /// <summary>Steps in a row that failed while it took part.</summary>
    public int FailedStepCount { get; internal set; }

    /// <summary>True when it is to end at the next chance.</summary>
    public bool IsAborted { get; internal set; }

    /// <summary>Tokens generated so far, those of earlier lives included.</summary>
    public int GeneratedCount => _tokens.Count - Request.PromptTokenIds.Length;

    /// <summary>Most positions it will ever take.</summary>
    internal int PositionsMax(int maxModelLen) => (int)Math.Min((long)Request.PromptTokenIds.Length + Request.TokensMax, maxModelLen);

    internal void Append(int tokenId) => _tokens.Add(tokenId);

    /// <summary>Why it is over; null when it goes on.</summary>
    internal (FinishReason Reason, int? StopTokenId)? Ending(int maxModelLen)
    {
        if (GeneratedCount > 0 && Request.StopTokenIds.Contains(_tokens[^1]))
            return (FinishReason.Stop, _tokens[^1]);
        return GeneratedCount >= Request.TokensMax || _tokens.Count >= maxModelLen ? (FinishReason.Length, null) : null;
    }
}
