namespace Gaudi.Cluster.Node;

/// <summary>What the command line says about serving a model. Null: the default of hocon/reference.conf.</summary>
/// <param name="Model">A folder, or the name of a bundled model.</param>
/// <param name="ServedModelName">What clients name; null: as <paramref name="Model"/> was written.</param>
/// <param name="TensorParallelSize">How many cards share the model.</param>
/// <param name="NodeCount">How many nodes must be there before a group is formed.</param>
/// <param name="Dtype">`auto`, `float32` or `bfloat16`.</param>
/// <param name="MaxModelLen">Longest sequence. Unit: tokens.</param>
/// <param name="BlockSizeTokens">Positions a KV block holds.</param>
/// <param name="MemoryUtilization">The part of a card's memory that may be used, over 0 to 1.</param>
/// <param name="Seed">Where the seeds of requests that bring none begin; null: a new place each time.</param>
/// <param name="Host">The address HTTP listens on.</param>
/// <param name="Port">The port HTTP listens on; 0 lets the system choose.</param>
/// <param name="ReadyFile">Written when the server answers; null for none.</param>
/// <param name="Node">The node's own part.</param>
/// <param name="Engine">The scheduler's part.</param>
/// <param name="Http">What the server takes.</param>
internal sealed record ServeOptions(
    string Model, string? ServedModelName, int? TensorParallelSize, int NodeCount, string? Dtype, int? MaxModelLen,
    int? BlockSizeTokens, double? MemoryUtilization, ulong? Seed, string Host, int Port, string? ReadyFile, NodeOptions Node,
    EngineOptions Engine, HttpOptions Http)
{
    /// <summary>How many replicas serve the model, each on cards of its own.</summary>
    internal int? DataParallelSize { get; init; }
}
