using System.Globalization;
using System.Security.Cryptography;

namespace Gaudi.Cluster.Http;

/// <summary>Counts from a start that differs from process to process; each number is the count, mixed.</summary>
/// <param name="start">The same start gives the same numbers in the same order.</param>
public sealed class RequestNumbers(ulong start) : IRequestNumbers
{
    private long _requests;
    private long _seeds;

    /// <summary>With a start drawn from the system, so that two gateways do not give the same ids.</summary>
    public static RequestNumbers FromSystem() => new(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)));

    /// <inheritdoc/>
    public string NextRequestId() =>
        Mix(start + (ulong)Interlocked.Increment(ref _requests)).ToString("x16", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public long NextSeed() => (long)(Mix(~start + (ulong)Interlocked.Increment(ref _seeds)) >> 1);

    /// <summary>
    /// A bijection of 64 bits, so ids of one process never repeat. Source: SplitMix64, Steele et al. 2014.
    /// </summary>
    private static ulong Mix(ulong value)
    {
        value *= 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
