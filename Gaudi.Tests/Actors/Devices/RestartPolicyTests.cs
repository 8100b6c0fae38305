using Gaudi.Actors.Devices;
using Xunit;

namespace Gaudi.Tests.Actors.Devices;

public sealed class RestartPolicyTests
{
    [Fact]
    public void Waits_double_up_to_the_longest_until_the_budget_is_spent()
    {
        var settings = Given.Settings(
            "gaudi.workers { restart-first-ms = 100, restart-longest-ms = 500, restarts-max = 5 }").Workers;
        Assert.Equal(
            [100, 200, 400, 500, 500, null, null],
            Enumerable.Range(0, 7).Select(count => RestartPolicy.Delay(settings, count)?.TotalMilliseconds));
    }
}
