using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Gaudi.Actors.Constraints;
using Gaudi.Actors.Requests;
using Gaudi.Hpu;
using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.Scheduling;

/// <summary>One choice of one request inside a replica: its tokens, how many are computed, the blocks it uses.</summary>
public sealed class Sequence
{
    private readonly List<int> _tokens;

    internal Sequence(long id, GenerationRequest request, ImmutableArray<int> emitted)
    {
        Id = id;
        Request = request;
        _tokens = [.. request.PromptTokenIds, .. emitted];
    }

    /// <summary>Unique in the replica, and ascending by arrival.</summary>
    public long Id { get; }

    /// <summary>What was asked for.</summary>
    public GenerationRequest Request { get; }

    /// <summary>Prompt and generated tokens.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <summary>
    /// Positions whose keys and values are in the blocks, those of the step that runs and its drafts among them (rule S16).
    /// </summary>
    public int ComputedCount { get; internal set; }

    /// <summary>The blocks it uses, by position; empty while it waits.</summary>
    public ImmutableArray<int> Blocks { get; internal set; } = [];

    /// <summary>Where the ranks keep its state while it runs; 0 where the model has none.</summary>
    public int StateSlot { get; internal set; }

    /// <summary>Where the ranks keep its adapter while it runs; 0 for the model alone.</summary>
    public int LoraSlot { get; internal set; }

    /// <summary>Prompt tokens found in the prefix cache at its first admission (rule S17); null before it.</summary>
    public int? CachedTokenCount { get; internal set; }

    /// <summary>Where it stands with the KV connector.</summary>
    public RemoteKvState RemoteKv { get; internal set; }

    /// <summary>Positions that a KV connector brings, or has brought, behind those of the prefix cache.</summary>
    public int ExternalTokenCount { get; internal set; }

    /// <summary>How often it was put back to wait.</summary>
    public int PreemptionCount { get; internal set; }

    /// <summary>Steps that failed while it took part, since it last was above suspicion.</summary>
    public int FailedStepCount { get; internal set; }

    /// <summary>True while a step may have failed because of it: it runs alone until it has computed the same again.</summary>
    public bool IsSuspect => FailedStepCount > 0;

    /// <summary>One past the last known position of the step that failed.</summary>
    internal int SuspectEnd { get; set; }

    /// <summary>[hidden]: what its prompt was pooled to; empty until it is over, and where it is not pooled.</summary>
    public ImmutableArray<float> Vector { get; private set; } = [];

    /// <summary>True when it is to end at the next chance.</summary>
    public bool IsAborted { get; internal set; }

    /// <summary>Tokens generated so far, those of earlier lives included.</summary>
    public int GeneratedCount => _tokens.Count - Request.PromptTokenIds.Length;

    /// <summary>The form its answer must have, as far as it has come; null for none.</summary>
    internal ConstraintCursor? Form { get; init; }

    /// <summary>What it may go on with; verified by the next step, or dropped.</summary>
    internal ImmutableArray<int> Drafts { get; set; } = [];

    /// <summary>Hashes of its first full blocks, as far as they were needed.</summary>
    internal List<BlockHash> Hashes { get; } = [];

    /// <summary>Of its first blocks so many are cached.</summary>
    internal int CachedBlockCount { get; set; }

    /// <summary>[hidden]: of the computed positions, while the prompt is pooled.</summary>
    internal ImmutableArray<float> PooledSum { get; private set; } = [];

    internal ReadOnlySpan<int> TokenSpan => CollectionsMarshal.AsSpan(_tokens);

    /// <summary>Most tokens it will ever have.</summary>
    internal int TokensMax(int maxModelLen) =>
        (int)Math.Min((long)Request.PromptTokenIds.Length + Request.TokensMax, maxModelLen);

    /// <summary>Most positions it will ever compute: the last token is drawn and not computed.</summary>
    internal int PositionsMax(int maxModelLen) => TokensMax(maxModelLen) - 1;

    /// <summary>Drafts that may be verified after the known tokens: one more token is drawn behind them.</summary>
    internal int DraftRoom(int maxModelLen) => Math.Max(0, TokensMax(maxModelLen) - _tokens.Count - 1);

    internal void Append(int tokenId)
    {
        Invariant.That(Form?.TryAdvance(tokenId) != false, $"sequence {Id}: token {tokenId} breaks the form of its answer");
        _tokens.Add(tokenId);
    }

    /// <summary>Back to the beginning: nothing is computed and no block is used.</summary>
    internal void Rewind()
    {
        (ComputedCount, CachedBlockCount, Blocks, Drafts, PooledSum, LoraSlot) = (0, 0, [], [], [], 0);
        if (RemoteKv != RemoteKvState.Unasked) // What was brought once is gone there.
            (RemoteKv, ExternalTokenCount) = (RemoteKvState.Settled, 0);
    }

    /// <summary>Takes what its computed positions were pooled to.</summary>
    /// <returns>True when that was the last of them.</returns>
    internal bool Pool(ImmutableArray<float> vector)
    {
        PooledSum = vector;
        if (ComputedCount < _tokens.Count)
            return false;
        Vector = Request.Pooling == PoolingMode.Mean ? [.. vector.Select(sum => sum / _tokens.Count)] : vector;
        return true;
    }

    /// <summary>Why it is over; null when it goes on.</summary>
    internal (FinishReason Reason, int? StopTokenId)? Ending(int maxModelLen)
    {
        if (GeneratedCount > 0 && Request.StopTokenIds.Contains(_tokens[^1]))
            return (FinishReason.Stop, _tokens[^1]);
        if (Form?.IsFinal == true)
            return (FinishReason.Stop, null);
        return GeneratedCount >= Request.TokensMax || _tokens.Count >= maxModelLen ? (FinishReason.Length, null) : null;
    }
}
