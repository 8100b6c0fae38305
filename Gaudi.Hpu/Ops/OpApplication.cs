using System.Collections.Immutable;

namespace Gaudi.Hpu.Ops;

/// <summary>What became of an <see cref="OpRegistration"/>.</summary>
/// <param name="Modules">The modules whose ops answer now, in their order.</param>
/// <param name="Failures">The modules that left everything as it was, with reasons.</param>
public sealed record OpApplication(ImmutableArray<string> Modules, ImmutableArray<OpModuleFailure> Failures);
