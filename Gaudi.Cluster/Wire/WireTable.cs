using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Gaudi.Cluster.Wire;

/// <summary>Every message that may cross a process. Append-only: an entry, once released, keeps its bytes.</summary>
internal static class WireTable
{
    internal static ImmutableArray<WireFormat> Entries { get; } =
    [
        .. WorkerFormats.All, .. GroupFormats.All, .. InventoryFormats.All, .. RequestFormats.All, .. LoraFormats.All,
        .. ServedFormats.All,
    ];

    internal static FrozenDictionary<string, WireFormat> ByManifest { get; } =
        Entries.ToFrozenDictionary(entry => entry.Manifest, StringComparer.Ordinal);

    internal static FrozenDictionary<Type, WireFormat> ByType { get; } = Entries.ToFrozenDictionary(entry => entry.Type);
}
