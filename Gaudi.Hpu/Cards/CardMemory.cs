using System.Diagnostics;
using System.Globalization;

namespace Gaudi.Hpu.Cards;

/// <summary>How much memory cards have.</summary>
public static class CardMemory
{
    /// <summary>What the hardware carries: 96 GiB on Gaudi 2, 128 GiB on Gaudi 3 (Intel's data sheets).</summary>
    public static long RealBytes(CardGeneration generation) => generation switch
    {
        CardGeneration.Gaudi2 => 96L << 30,
        CardGeneration.Gaudi3 => 128L << 30,
        CardGeneration.Cpu => throw new InvariantBrokenException("the CPU has no card memory of its own"),
        _ => throw new UnreachableException($"generation {generation}"),
    };

    /// <summary>
    /// What a stand-in may use: the real card's memory, or its share of half of what the machine has free.
    /// </summary>
    /// <param name="generation">The card stood in for.</param>
    /// <param name="availableBytes">Memory the machine has free.</param>
    /// <param name="count">Cards that share it.</param>
    public static long SimulatedBytes(CardGeneration generation, long availableBytes, int count)
    {
        var shareBytes = availableBytes / 2 / count;
        return generation == CardGeneration.Cpu ? shareBytes : Math.Min(RealBytes(generation), shareBytes);
    }

    /// <summary>`MemAvailable` of this machine. Unit: bytes.</summary>
    /// <exception cref="IOException">The file cannot be read or lacks the line.</exception>
    public static long AvailableBytes(string meminfoPath = "/proc/meminfo")
    {
        foreach (var line in File.ReadLines(meminfoPath))
        {
            if (!line.StartsWith("MemAvailable:", StringComparison.Ordinal))
                continue;
            var kibibytes = line["MemAvailable:".Length..].Replace("kB", "", StringComparison.Ordinal);
            return long.Parse(kibibytes, CultureInfo.InvariantCulture) * 1024;
        }
        throw new IOException($"{meminfoPath} has no line `MemAvailable:`");
    }
}
