using System.Collections.Immutable;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// Which rows of the pass that is computed have which adapter: upstream's mask, as lists. One a model, shared by its layers;
/// the runner sets it before each pass. One thread.
/// </summary>
public sealed class LoraBatch
{
    /// <summary>The rows with an adapter, by ascending slot; empty where none has one.</summary>
    public ImmutableArray<LoraGroup> Groups { get; private set; } = [];

    /// <summary>Rows of the pass; 0 where none has an adapter.</summary>
    public int RowCount { get; private set; }

    /// <summary>Says what the next pass is.</summary>
    /// <param name="slots">[rows]: 0 for none. Empty is 0 everywhere.</param>
    public void Set(ImmutableArray<int> slots)
    {
        Groups =
        [
            .. slots.Index().Where(row => row.Item > 0).GroupBy(row => row.Item, row => row.Index).OrderBy(group => group.Key)
                .Select(group => new LoraGroup(group.Key, [.. group])),
        ];
        RowCount = Groups.IsEmpty ? 0 : slots.Length;
    }
}
