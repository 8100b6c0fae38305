using Gaudi.Hpu;
using Gaudi.Hpu.Cards;
using Xunit;

namespace Gaudi.Tests.Hpu.Cards;

public sealed class MemoryLedgerTests
{
    [Fact]
    public void Reserve_refuses_and_lists_who_holds_what()
    {
        var ledger = new MemoryLedger("Card 0", 1_000);
        using var weights = ledger.Reserve("weights", 600);
        using var cache = ledger.Reserve("kv cache", 300);

        var error = Assert.Throws<CardMemoryException>(() => ledger.Reserve("activations", 101));

        Assert.Equal(
            "Card 0 has 100 of 1,000 bytes free, but activations needs 101; held: weights 600, kv cache 300. " +
            "Use a smaller model, a shorter context or more cards", error.Message);
        Assert.Equal(900, ledger.UsedBytes);
        ledger.Reserve("activations", 100).Dispose();
    }

    [Fact]
    public void Reserve_of_an_empty_ledger_says_that_nobody_holds_any() => Assert.Contains("held: nobody holds any",
        Assert.Throws<CardMemoryException>(() => new MemoryLedger("Card 0", 5).Reserve("weights", 6)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Lease_gives_its_bytes_back_once()
    {
        var ledger = new MemoryLedger("Card 0", 100);
        var lease = ledger.Reserve("weights", 40);
        using var other = ledger.Reserve("weights", 40);

        lease.Dispose();
        lease.Dispose();

        Assert.Equal(40, ledger.UsedBytes);
        Assert.Equal([new LeaseRecord("weights", 40)], ledger.Leases);
    }

    [Fact]
    public void Reserve_of_huge_and_of_negative_amounts_does_not_wrap()
    {
        var ledger = new MemoryLedger("Card 0", long.MaxValue);
        using var most = ledger.Reserve("most", long.MaxValue - 1);

        Assert.Throws<CardMemoryException>(() => ledger.Reserve("more", long.MaxValue));
        Assert.Throws<InvariantBrokenException>(() => ledger.Reserve("negative", -1));
        Assert.Equal(long.MaxValue - 1, ledger.UsedBytes);
    }

    [Fact]
    public void Ledger_balances_after_every_step_of_random_histories()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var ledger = new MemoryLedger("Card 0", 1_000);
            var held = new List<Lease>();
            for (var step = 0; step < 200; step++)
            {
                if (held.Count > 0 && random.Next(2) == 0)
                {
                    var index = random.Next(held.Count);
                    held[index].Dispose();
                    held.RemoveAt(index);
                }
                else
                {
                    var bytes = random.Next(300);
                    var hasRoom = held.Sum(l => l.Bytes) + bytes <= 1_000;
                    try
                    {
                        held.Add(ledger.Reserve($"step {step}", bytes));
                        Assert.True(hasRoom, $"seed {seed}, step {step}: gave {bytes} bytes it did not have");
                    }
                    catch (CardMemoryException)
                    {
                        Assert.False(hasRoom, $"seed {seed}, step {step}: refused {bytes} bytes it had");
                    }
                }
                Assert.True(ledger.UsedBytes == held.Sum(l => l.Bytes), $"seed {seed}, step {step}");
                Assert.Equal(held.Select(l => l.Purpose), ledger.Leases.Select(l => l.Purpose));
            }
        }
    }

    [Fact]
    public void Reserve_from_many_threads_never_gives_more_than_there_is()
    {
        var ledger = new MemoryLedger("Card 0", 500);
        var given = 0L;

        Parallel.For(0, 1_000, _ =>
        {
            try
            {
                var lease = ledger.Reserve("share", 1);
                Interlocked.Add(ref given, lease.Bytes);
            }
            catch (CardMemoryException)
            {
                // Half of them must come here.
            }
        });

        Assert.Equal((500, 500), (given, ledger.UsedBytes));
    }
}
