using System.Collections.Immutable;

namespace Gaudi.Hpu.Execution;

/// <summary>The hidden states of a sequence's prompt so far, as its pooling asks.</summary>
/// <param name="SequenceId">Which sequence.</param>
/// <param name="Vector">
/// [hidden], float32, after the final norm: the sum over every token up to the step's last, added one after another from the
/// first, so that its bits do not depend on where steps were cut; or that of the step's last token alone.
/// </param>
public sealed record PooledState(long SequenceId, ImmutableArray<float> Vector);
