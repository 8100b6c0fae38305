namespace Gaudi.Cluster.Node;

/// <summary>What the command line says about KV transfers. Null: the default of hocon/reference.conf.</summary>
/// <param name="Connector">Such as NixlConnector.</param>
/// <param name="Role">kv_producer, kv_consumer or kv_both.</param>
/// <param name="FailurePolicy">recompute or fail.</param>
/// <param name="EngineId">Names the server's life.</param>
/// <param name="ReleaseTimeoutMs">How long blocks are kept for a server that does not fetch them.</param>
/// <param name="StallTimeoutMs">A silent peer is given up after this.</param>
/// <param name="BytesPerSecond">Most bytes a second that one peer reads of one rank.</param>
/// <param name="LoadsMax">Most requests whose blocks are brought at once.</param>
internal sealed record KvTransferOptions(
    string Connector, string? Role, string? FailurePolicy, string? EngineId, int? ReleaseTimeoutMs = null, int? StallTimeoutMs = null,
    int? BytesPerSecond = null, int? LoadsMax = null);
