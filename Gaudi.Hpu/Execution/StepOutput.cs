using System.Collections.Immutable;

namespace Gaudi.Hpu.Execution;

/// <summary>What a step gave. Every rank computes it; the group takes rank 0's.</summary>
/// <param name="StepNumber">From the plan.</param>
/// <param name="Tokens">One for each sequence that asked for one, in the plan's order.</param>
/// <param name="LogitsDigest">
/// A hash of the bits of every logits row drawn from: ranks and group sizes must agree.
/// </param>
public sealed record StepOutput(long StepNumber, ImmutableArray<SampledToken> Tokens, ulong LogitsDigest);
