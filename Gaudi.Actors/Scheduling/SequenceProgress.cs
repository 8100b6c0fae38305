using Gaudi.Actors.Requests;
using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.Scheduling;

/// <summary>What a step did for one sequence.</summary>
/// <param name="Sequence">Which one.</param>
/// <param name="Token">Its new token; null when it ended without one.</param>
/// <param name="Finish">Why it is over; null when it goes on.</param>
/// <param name="StopTokenId">The token that stopped it.</param>
public sealed record SequenceProgress(Sequence Sequence, SampledToken? Token, FinishReason? Finish, int? StopTokenId);
