using System.Collections.Immutable;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>The rows of a pass that have one adapter.</summary>
/// <param name="Slot">Where the adapter lies, from 1.</param>
/// <param name="Rows">Ascending.</param>
public sealed record LoraGroup(int Slot, ImmutableArray<int> Rows);
