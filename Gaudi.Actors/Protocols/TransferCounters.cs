using System.Collections.Immutable;

namespace Gaudi.Actors.Protocols;

/// <summary>What the ranks of a group have read of other groups' KV blocks since the replica was made. Only grows.</summary>
/// <param name="Seconds">Of all reads together.</param>
/// <param name="Bytes">That came.</param>
/// <param name="DescriptorCount">Asked for.</param>
/// <param name="ReadCount">Reads that ended: one a rank and request.</param>
/// <param name="FailedCount">Of these, reads of which something did not come.</param>
/// <param name="LapsedCount">Prompts whose blocks were kept and never fetched.</param>
public sealed record TransferCounters(
    double Seconds, long Bytes, long DescriptorCount, long ReadCount, long FailedCount, long LapsedCount)
{
    /// <summary>The longest time of each range of <see cref="ReadsBySeconds"/>. Unit: seconds. Source: vLLM's nixl metrics.</summary>
    public static ImmutableArray<double> SecondBounds { get; } =
        [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 5];

    /// <summary>Reads by their time: one range more than bounds.</summary>
    public ImmutableArray<long> ReadsBySeconds { get; init; } = [.. new long[SecondBounds.Length + 1]];

    /// <summary>Nothing yet.</summary>
    public static TransferCounters Zero { get; } = new(0, 0, 0, 0, 0, 0);
}
