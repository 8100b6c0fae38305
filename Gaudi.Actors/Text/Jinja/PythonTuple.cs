using System.Collections.Immutable;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>A tuple.</summary>
internal sealed class PythonTuple(ImmutableArray<object?> items)
{
    /// <summary>The items in order.</summary>
    public ImmutableArray<object?> Items { get; } = items;
}
