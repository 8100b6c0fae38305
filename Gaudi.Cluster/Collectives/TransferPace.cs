namespace Gaudi.Cluster.Collectives;

/// <summary>Keeps one connection under so many bytes a second, so that transfers leave the network to the steps.</summary>
/// <param name="bytesPerSecond">0 sets no limit.</param>
internal sealed class TransferPace(long bytesPerSecond) : IDisposable
{
    private const int ChunksPerSecond = 20;
    private const int ChunkBytesLeast = 1024;

    private readonly ManualResetEventSlim _stopped = new();

    /// <summary>Bytes to be sent at once; a multiple of 8.</summary>
    public int ChunkBytes { get; } = bytesPerSecond == 0
        ? TransferWire.ChunkBytes
        : (int)Math.Clamp(bytesPerSecond / ChunksPerSecond / 8 * 8, ChunkBytesLeast, TransferWire.ChunkBytes);

    /// <summary>Waits until these bytes may go, or it is disposed.</summary>
    public void Wait(int bytes)
    {
        if (bytesPerSecond > 0)
            _stopped.Wait(TimeSpan.FromSeconds((double)bytes / bytesPerSecond));
    }

    /// <summary>Waits no more.</summary>
    public void Dispose() => _stopped.Set();
}
