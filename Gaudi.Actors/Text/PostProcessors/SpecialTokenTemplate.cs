using System.Collections.Immutable;

namespace Gaudi.Actors.Text.PostProcessors;

/// <summary>The special tokens that stand before and after an encoded text.</summary>
internal sealed record SpecialTokenTemplate(ImmutableArray<int> Before, ImmutableArray<int> After)
{
    /// <summary>Adds nothing.</summary>
    public static SpecialTokenTemplate Empty { get; } = new([], []);

    /// <summary>This template and <paramref name="outer"/> around it.</summary>
    public SpecialTokenTemplate Inside(SpecialTokenTemplate outer) =>
        new([.. outer.Before, .. Before], [.. After, .. outer.After]);
}
