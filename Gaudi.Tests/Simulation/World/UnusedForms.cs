using Gaudi.Actors.Constraints;

namespace Gaudi.Tests.Simulation.World;

/// <summary>Simulated requests ask for no form.</summary>
internal sealed class UnusedForms : IConstraintCompiler
{
    public Task<CompiledConstraint> CompileAsync(OutputConstraint constraint) =>
        throw new NotSupportedException("a simulated request asks for no form");
}
