namespace Gaudi.Hpu.Collectives;

/// <summary>How a rank takes part in transfers.</summary>
/// <param name="Host">The address at which peers read this rank's memory: a name or an address of this machine.</param>
/// <param name="Port">Of this rank; null for a rank that only reads others' memory.</param>
/// <param name="StallTimeout">A peer from which nothing came for so long is given up; a lost connection is seen at once.</param>
/// <param name="BytesPerSecond">Most bytes a second a peer may read of this rank; 0 sets no limit.</param>
public sealed record TransferLaneSettings(string Host, int? Port, TimeSpan StallTimeout, long BytesPerSecond);
