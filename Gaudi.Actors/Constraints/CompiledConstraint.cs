namespace Gaudi.Actors.Constraints;

/// <summary>What became of a constraint: an automaton, or a refusal.</summary>
/// <param name="Automaton">Null where the constraint cannot be kept.</param>
/// <param name="Refusal">Why not; null where it can.</param>
public sealed record CompiledConstraint(ConstraintAutomaton? Automaton, string? Refusal);
