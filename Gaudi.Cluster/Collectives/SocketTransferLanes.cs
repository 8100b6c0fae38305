using Gaudi.Hpu.Collectives;

namespace Gaudi.Cluster.Collectives;

/// <summary>Transfers over TCP. Any thread.</summary>
/// <param name="time">Measures them.</param>
public sealed class SocketTransferLanes(TimeProvider time) : ITransferLaneFactory
{
    /// <inheritdoc />
    public ITransferLane Open(TransferLaneSettings settings, TransferMemory memory, Action wake) =>
        new SocketTransferLane(settings, memory, wake, time);
}
