using System.Collections.Immutable;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>The arguments written at a call.</summary>
internal sealed record ArgumentList(
    ImmutableArray<Expression> Positional, ImmutableArray<(string Name, Expression Value)> Named)
{
    /// <summary>No arguments.</summary>
    public static ArgumentList Empty { get; } = new([], []);
}
