using Gaudi.Hpu;
using Gaudi.Hpu.Cards;
using Xunit;

namespace Gaudi.Tests.Hpu.Cards;

public sealed class SimulatedCardsTests
{
    [Theory]
    [InlineData(CardGeneration.Gaudi2, 16L << 30, 2, 4L << 30)]
    [InlineData(CardGeneration.Gaudi2, 1024L << 30, 2, 96L << 30)]
    [InlineData(CardGeneration.Gaudi3, 1024L << 30, 2, 128L << 30)]
    [InlineData(CardGeneration.Cpu, 1024L << 30, 2, 256L << 30)]
    public void Memory_is_the_smaller_of_the_real_card_and_a_share_of_half_the_free_memory(
        CardGeneration generation, long availableBytes, int count, long expected) =>
        Assert.Equal(expected, CardMemory.SimulatedBytes(generation, availableBytes, count));

    [Fact]
    public void Memory_that_is_given_is_taken_without_asking_the_machine()
    {
        var cards = SimulatedCards.Facts(
            new SimulatedCardSettings(CardGeneration.Gaudi2, 2, 123), () =>
                throw new InvalidOperationException("asked"));

        Assert.Equal([0, 1], cards.Select(c => c.Index));
        Assert.All(cards, c =>
            Assert.Equal((123L, 240f, true, "simulated"), (c.MemoryBytes, c.Fp8Max, c.IsSimulated, c.Origin)));
    }

    [Theory]
    [InlineData(CardGeneration.Gaudi2, 0)]
    [InlineData(CardGeneration.Gaudi2, -1)]
    [InlineData(CardGeneration.Cpu, 1)]
    public void Settings_that_make_no_card_are_refused(CardGeneration generation, int count) =>
        Assert.Throws<InvariantBrokenException>(
        () => SimulatedCards.Facts(new SimulatedCardSettings(generation, count, 1), () => 1));

    [Fact]
    public void Free_memory_is_read_from_the_kernels_own_file()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, "MemTotal:       24000000 kB\nMemFree:  1 kB\nMemAvailable:   12345678 kB\n");
        try
        {
            Assert.Equal(12_345_678L * 1024, CardMemory.AvailableBytes(path));
            File.WriteAllText(path, "MemTotal: 1 kB\n");
            Assert.Equal($"{path} has no line `MemAvailable:`",
                Assert.Throws<IOException>(() => CardMemory.AvailableBytes(path)).Message);
        }
        finally
        {
            File.Delete(path);
        }
        Assert.True(CardMemory.AvailableBytes() > 0);
    }
}
