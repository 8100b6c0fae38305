using Gaudi.Actors.Constraints;
using Gaudi.Actors.Protocols;

namespace Gaudi.Actors.Requests;

/// <summary>A constraint has been compiled, or could not be.</summary>
/// <param name="Constraint">As the request has it.</param>
/// <param name="Compiled">Null where compiling itself failed.</param>
/// <param name="Failure">Why it failed; empty where it did not.</param>
internal sealed record FormCompiled(OutputConstraint Constraint, CompiledConstraint? Compiled, string Failure) : ILocalMessage;
