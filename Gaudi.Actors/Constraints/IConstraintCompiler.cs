namespace Gaudi.Actors.Constraints;

/// <summary>Makes automata of constraints, away from the thread that plans steps.</summary>
public interface IConstraintCompiler
{
    /// <summary>Compiles one constraint for the served model's vocabulary.</summary>
    /// <returns>An automaton of its own for every call; or why the constraint cannot be kept, as a sentence for the client.</returns>
    Task<CompiledConstraint> CompileAsync(OutputConstraint constraint);
}
