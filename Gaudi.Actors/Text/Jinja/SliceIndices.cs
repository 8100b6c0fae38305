using System.Collections.Immutable;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>The places a Python slice picks.</summary>
internal static class SliceIndices
{
    /// <summary>Indices in picking order; bounds outside the length are moved to its ends.</summary>
    public static ImmutableArray<int> Of(long length, long? start, long? stop, long step, RenderBudget budget)
    {
        if (step == 0)
        {
            throw budget.Error("expected a slice step other than zero, got zero");
        }

        var lowest = step > 0 ? 0 : -1;
        var highest = step > 0 ? length : length - 1;
        var from = start is { } first ? Placed(first) : step > 0 ? lowest : highest;
        var to = stop is { } last ? Placed(last) : step > 0 ? highest : lowest;
        var indices = ImmutableArray.CreateBuilder<int>();
        for (var index = from; step > 0 ? index < to : index > to; index += Math.Clamp(step, -length - 1, length + 1))
        {
            indices.Add((int)index);
        }

        return indices.ToImmutable();

        long Placed(long bound) => Math.Clamp(bound < 0 ? bound + length : bound, lowest, highest);
    }
}
