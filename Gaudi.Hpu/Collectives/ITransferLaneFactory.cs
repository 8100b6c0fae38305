namespace Gaudi.Hpu.Collectives;

/// <summary>A process's way to the memory of other processes' ranks: one transport.</summary>
public interface ITransferLaneFactory
{
    /// <summary>Opens a rank's lane.</summary>
    /// <param name="settings">Where peers find it, and its limits.</param>
    /// <param name="memory">Registered as long as the lane is open.</param>
    /// <param name="wake">Called, on any thread and not too often, when there may be news to take.</param>
    /// <exception cref="TransferLaneException">The address cannot be listened at.</exception>
    ITransferLane Open(TransferLaneSettings settings, TransferMemory memory, Action wake);
}
