namespace Gaudi.Hpu.KvTransfer;

/// <summary>How the ranks of a group hand KV blocks to another group's, or take them.</summary>
/// <param name="Connector">Looked up among the registered connectors by this name, such as NixlConnector.</param>
/// <param name="Role">What the group does.</param>
/// <param name="EngineId">Names this server's life: parameters of an earlier one are refused.</param>
/// <param name="Host">Where ranks listen; peers find them there.</param>
/// <param name="Port">Of rank 0; rank r listens at the r-th port behind it.</param>
/// <param name="StallTimeout">A silent peer is given up after this.</param>
/// <param name="BytesPerSecond">Most bytes a second that one peer reads of one rank; 0 sets no limit.</param>
public sealed record KvConnectorSettings(
    string Connector, KvRole Role, string EngineId, string Host, int Port, TimeSpan StallTimeout, long BytesPerSecond)
{
    /// <summary>Whether ranks listen.</summary>
    public bool IsRead => Role is KvRole.Producer or KvRole.Both;

    /// <summary>Whether ranks read others' blocks.</summary>
    public bool Reads => Role is KvRole.Consumer or KvRole.Both;
}
