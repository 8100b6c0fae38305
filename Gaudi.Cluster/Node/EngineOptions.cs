using System.Collections.Immutable;

namespace Gaudi.Cluster.Node;

/// <summary>What the command line says about the scheduler and its KV blocks. Null: the default of hocon/reference.conf.</summary>
/// <param name="StepTokensMax">Most tokens of a step.</param>
/// <param name="SequencesMax">Most choices in a step.</param>
/// <param name="LongPrefillTokensMax">Most tokens of one choice in a step.</param>
/// <param name="ChunksPrefill">Whether a prompt may be computed in parts.</param>
/// <param name="CachesPrefixes">Whether full blocks are kept for later prompts.</param>
/// <param name="Policy">`fcfs` or `priority`.</param>
/// <param name="KvBlockCount">KV blocks of a rank, whatever the card's memory.</param>
/// <param name="Speculation">Where drafts come from.</param>
/// <param name="Pooling">How hidden states become an embedding: mean or last.</param>
/// <param name="IsExpertParallel">Whether ranks share mixtures of experts by whole experts.</param>
/// <param name="KvTransfer">How KV blocks are handed over.</param>
internal sealed record EngineOptions(
    int? StepTokensMax, int? SequencesMax, int? LongPrefillTokensMax, bool? ChunksPrefill, bool? CachesPrefixes,
    string? Policy, int? KvBlockCount, SpeculationOptions? Speculation, string? Pooling = null,
    bool? IsExpertParallel = null, KvTransferOptions? KvTransfer = null)
{
    /// <summary>Whether a place is kept for adapters.</summary>
    internal bool? HasLoras { get; init; }

    /// <summary>Adapters that are loaded at the start: NAME=PATH, or JSON.</summary>
    internal ImmutableArray<string>? LoraModules { get; init; }

    /// <summary>Most adapters that run at once.</summary>
    internal int? LorasMax { get; init; }

    /// <summary>Highest rank of an adapter.</summary>
    internal int? LoraRankMax { get; init; }

    /// <summary>How keys and values are kept.</summary>
    public string? KvCacheDtype { get; init; }
}
