using Gaudi.Cluster.Http;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

public sealed class RequestNumbersTests
{
    [Fact]
    public void Ids_never_repeat_and_seeds_are_never_negative()
    {
        var numbers = new RequestNumbers(ulong.MaxValue - 500);
        var ids = new HashSet<string>();
        for (var count = 0; count < 10_000; count++)
        {
            Assert.True(ids.Add(numbers.NextRequestId()));
            Assert.InRange(numbers.NextSeed(), 0, long.MaxValue);
        }
    }

    [Fact]
    public void Same_start_gives_the_same_numbers_and_another_start_others()
    {
        Assert.Equal(Take(7), Take(7));
        Assert.NotEqual(Take(7), Take(8));

        static (string, string, long, long) Take(ulong start)
        {
            var numbers = new RequestNumbers(start);
            return (numbers.NextRequestId(), numbers.NextRequestId(), numbers.NextSeed(), numbers.NextSeed());
        }
    }
}
