using System.Collections.Immutable;

namespace Gaudi.Actors.Protocols.Reports;

/// <summary>What one replica counts.</summary>
/// <param name="RunningCount">Choices that take part in steps.</param>
/// <param name="WaitingCount">Choices in the queue.</param>
/// <param name="BlocksUsed">KV blocks in use.</param>
/// <param name="BlockCount">KV blocks there are; 0 while no group serves.</param>
/// <param name="Counters">What the replica has done.</param>
/// <param name="Collectives">By rank, ascending.</param>
public sealed record EngineReport(
    int RunningCount, int WaitingCount, int BlocksUsed, int BlockCount, EngineCounters Counters,
    ImmutableArray<RankCollectives> Collectives)
{
    /// <summary>Of the replica, from 0: `engine` in metrics.</summary>
    public int Index { get; init; }

    /// <summary>What the ranks have transferred; null without a KV connector.</summary>
    public TransferCounters? Transfers { get; init; }

    /// <summary>Prompts whose blocks are kept for another server.</summary>
    public int HeldCount { get; init; }

    /// <summary>Of the choices in the queue, those that wait for blocks from another server.</summary>
    public int DeferredCount { get; init; }

    /// <summary>The newest of the group.</summary>
    public long Epoch { get; init; }

    /// <summary>What recoveries have come to.</summary>
    public RecoveryCounters Recoveries { get; init; } = RecoveryCounters.Zero;

    /// <summary>By node and card.</summary>
    public ImmutableArray<CardCounters> Cards { get; init; } = [];

    /// <summary>Positions a KV block holds; 0 while no group serves.</summary>
    public int BlockSizeTokens { get; init; }

    /// <summary>float32 or bfloat16; empty while no group serves.</summary>
    public string Dtype { get; init; } = "";

    /// <summary>Names of the adapters of running choices.</summary>
    public ImmutableArray<string> RunningLoras { get; init; } = [];

    /// <summary>Names of the adapters of waiting choices.</summary>
    public ImmutableArray<string> WaitingLoras { get; init; } = [];

    /// <summary>The part of a card's memory that may be used, over 0 to 1.</summary>
    public double MemoryUtilization { get; init; }
}
