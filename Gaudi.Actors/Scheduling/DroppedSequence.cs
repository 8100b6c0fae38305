namespace Gaudi.Actors.Scheduling;

/// <summary>A choice the scheduler cannot go on with.</summary>
/// <param name="Sequence">Which one.</param>
/// <param name="Reason">What was expected and what came; empty for one that was aborted.</param>
public sealed record DroppedSequence(Sequence Sequence, string Reason);
