using Gaudi.Hpu.Models.Lora;

namespace Gaudi.Cluster.Http;

/// <summary>An adapter that requests may name as their model.</summary>
/// <param name="Adapter">What the engine loaded.</param>
/// <param name="Path">Its folder as it was named: the root that /v1/models shows.</param>
/// <param name="CreatedUnixSeconds">When it was loaded.</param>
public sealed record ServedAdapter(LoraAdapter Adapter, string Path, long CreatedUnixSeconds);
