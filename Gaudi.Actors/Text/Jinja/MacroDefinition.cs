using System.Collections.Immutable;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>A macro as written.</summary>
/// <param name="Name">Name to call it by; `caller` for the body of a call block.</param>
/// <param name="Parameters">Names with their defaults; null where there is none.</param>
/// <param name="Body">What a call outputs.</param>
internal sealed record MacroDefinition(
    string Name,
    ImmutableArray<(string Name, Expression? Default)> Parameters,
    ImmutableArray<Statement> Body);
