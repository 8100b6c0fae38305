using Gaudi.Hpu.Collectives;
using Xunit;

namespace Gaudi.Tests.Hpu.Collectives;

public sealed class TransferNewsTests
{
    private int _wakeCount;

    private TransferNews News() => new(() => _wakeCount++);

    private static TransferEnd End(int id, string failure = "") => new(id, 0, failure);

    [Fact]
    public void An_ending_after_a_take_wakes_again_whatever_was_taken()
    {
        var news = News();
        news.Add(End(1));
        news.Add("key");
        Assert.Equal(1, _wakeCount);
        var (ended, notices) = news.Take();
        Assert.Equal([1L], ended.Select(end => end.Id));
        Assert.Equal(["key"], notices.AsEnumerable());
        news.Add(End(2));
        Assert.Equal(2, _wakeCount);
        Assert.Equal([2L], news.Take().Ended.Select(end => end.Id));
        Assert.True(news.Take().IsEmpty);
        Assert.Equal(2, _wakeCount);
    }

    [Fact]
    public void Whoever_takes_only_when_woken_has_taken_everything()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var (takenCount, addedCount, seenWakes) = (0, 0, 0);
            var news = News();
            for (var step = 0; step < 200; step++)
            {
                if (random.Next(3) > 0)
                {
                    for (var burst = random.Next(30) == 0 ? 3000 : 1; burst > 0; burst--, addedCount++)
                        if (random.Next(2) == 0)
                            news.Add(End(addedCount));
                        else
                            news.Add($"{addedCount}");
                }
                else if (seenWakes < _wakeCount)
                    Take();
            }
            while (seenWakes < _wakeCount)
                Take();
            Assert.True(takenCount == addedCount, $"seed {seed}: {takenCount} of {addedCount} were taken");

            void Take()
            {
                seenWakes = _wakeCount;
                var taken = news.Take();
                Assert.InRange(taken.Ended.Length, 0, TransferNews.TakenMax);
                Assert.InRange(taken.Notices.Length, 0, TransferNews.TakenMax);
                takenCount += taken.Ended.Length + taken.Notices.Length;
            }
        }
    }

    // A wake comes in the middle of a take, from another thread: it is not lost between two halves of it.
    [Fact]
    public async Task Endings_of_other_threads_are_all_taken_by_one_that_waits_for_wakes()
    {
        const int Count = 20_000;
        using var woken = new SemaphoreSlim(0);
        var news = new TransferNews(() => woken.Release());
        var adders = Task.WhenAll(Enumerable.Range(0, 2).Select(adder => Task.Run(() =>
        {
            for (var i = 0; i < Count; i++)
                news.Add(End((adder * Count) + i));
        })));
        var taken = new HashSet<long>();
        while (taken.Count < 2 * Count)
        {
            Assert.True(woken.Wait(TimeSpan.FromSeconds(30)), $"{taken.Count} of {2 * Count} endings came, and no wake for the rest");
            taken.UnionWith(news.Take().Ended.Select(end => end.Id));
        }
        await adders.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void Reasons_are_cut_and_a_notice_is_kept_once()
    {
        var news = News();
        news.Add(End(1, new string('x', 1 << 20)));
        news.Add("key");
        news.Add("key");
        var (ended, notices) = news.Take();
        Assert.Equal(1024, ended[0].Failure.Length);
        Assert.Equal(["key"], notices.AsEnumerable());
        news.Add("key");
        Assert.Equal(["key"], news.Take().Notices.AsEnumerable());
    }
}
