using System.Collections.Immutable;

namespace Gaudi.Tests.Simulation.Load;

/// <summary>A request that somebody will make.</summary>
/// <param name="Number">From 1.</param>
/// <param name="At">When.</param>
/// <param name="Prompt">At least one token.</param>
/// <param name="TokensMax">Tokens of the answer.</param>
/// <param name="Seed">Of its draws.</param>
/// <param name="AbortAfter">Tokens after which the client goes away; null where it stays.</param>
internal sealed record SimRequest(int Number, TimeSpan At, ImmutableArray<int> Prompt, int TokensMax, long Seed, int? AbortAfter)
{
    /// <summary>It ends the process of a rank that computes it.</summary>
    internal bool IsPoisonous { get; init; }
}
