using System.Globalization;
using Gaudi.Hpu.Cards;
using TorchSharp;
using Xunit;

namespace Gaudi.Tests.Hpu.Cards;

/// <summary>The ledger tells the truth: what it says is used is what the process holds.</summary>
[Collection(nameof(AloneCollection))]
public sealed class HostCardMemoryTests
{
    private const long MiB = 1L << 20;

    // Other memory of the process comes and goes by less than this.
    private const long NoiseBytes = 24 * MiB;

    [Fact]
    public void Ledger_grows_and_shrinks_with_the_anonymous_memory_of_the_process()
    {
        using var card = new HostCard(
            new CardFacts(0, "Card", CardGeneration.Gaudi2, true, 1024 * MiB, 240f, "simulated"));
        using (torch.ones(1024))
        {
            // The first tensor starts libtorch, which is not the card's memory.
        }
        // What tests before this one left to the collector goes now, not while the card's memory is measured.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var beforeBytes = AnonymousBytes();
        var held = new List<(Lease Lease, torch.Tensor Tensor)>();
        foreach (var bytes in new[] { 64 * MiB, 128 * MiB, 64 * MiB })
        {
            var lease = card.Reserve("weights", bytes);
            held.Add((lease, torch.ones(bytes / sizeof(float), torch.float32, card.Device)));
            Assert.InRange(AnonymousBytes() - beforeBytes, card.UsedBytes - NoiseBytes, card.UsedBytes + NoiseBytes);
        }

        Assert.Equal(256 * MiB, card.UsedBytes);
        foreach (var (lease, tensor) in held)
        {
            tensor.Dispose();
            lease.Dispose();
            Assert.InRange(AnonymousBytes() - beforeBytes, card.UsedBytes - NoiseBytes, card.UsedBytes + NoiseBytes);
        }
        Assert.Equal(0, card.UsedBytes);
    }

    private static long AnonymousBytes()
    {
        var line = File.ReadLines("/proc/self/status").Single(l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line["RssAnon:".Length..].Replace("kB", "", StringComparison.Ordinal).Trim(),
            CultureInfo.InvariantCulture) * 1024;
    }
}
