using Gaudi.Tests.Simulation.Load;
using Xunit;

namespace Gaudi.Tests.Simulating.Load;

public sealed class WorkloadTests
{
    private static readonly WorkloadSettings Settings = new(50, 200, 100);

    private static SimRequest[] Make(WorkloadSettings settings, int seed, double seconds = 200) =>
        [.. Workload.Make(settings, seed, TimeSpan.Zero, TimeSpan.FromSeconds(seconds))];

    [Fact]
    public void Arrivals_are_a_poisson_process_of_the_rate()
    {
        var gaps = Make(Settings, 1).Select(one => one.At.TotalSeconds).ToArray() is var at
            ? at.Zip(at.Skip(1), (one, next) => next - one).ToArray()
            : [];
        var mean = gaps.Average();
        Assert.InRange(mean, 0.019, 0.021); // 10,000 gaps: 1 % is one sigma.
        var deviation = Math.Sqrt(gaps.Average(gap => (gap - mean) * (gap - mean)));
        Assert.InRange(deviation / mean, 0.95, 1.05);
    }

    [Fact]
    public void Burst_has_so_many_times_more()
    {
        var requests = Make(Settings with { Burst = 5 }, 2);
        var inside = requests.Count(one => one.At.TotalSeconds % 10 < 1);
        Assert.InRange(9.0 * inside / (requests.Length - inside), 4.5, 5.5);
    }

    [Fact]
    public void Lengths_have_their_median_and_their_limit()
    {
        var requests = Make(Settings with { TokensMax = 400 }, 3);
        Assert.InRange(requests.Select(one => one.Prompt.Length).Order().ElementAt(requests.Length / 2), 190, 210);
        Assert.All(requests, one => Assert.InRange(one.Prompt.Length + one.TokensMax, 2, 400));
    }

    [Fact]
    public void Shared_prompts_begin_alike_and_aborts_come_as_often_as_asked()
    {
        var requests = Make(Settings with { SharedPart = 0.5, AbortPart = 0.2 }, 4);
        var beginnings = requests.Where(one => one.Prompt.Length >= 32)
            .GroupBy(one => string.Join(',', one.Prompt.Take(16))).Where(some => some.Count() > 1).Sum(some => some.Count());
        Assert.InRange((double)beginnings / requests.Length, 0.45, 0.55);
        Assert.InRange((double)requests.Count(one => one.AbortAfter is not null) / requests.Length, 0.18, 0.22);
    }

    [Fact]
    public void Same_seed_has_the_same_requests()
    {
        static string Of(SimRequest one) => $"{one.At} {one.TokensMax} {one.AbortAfter} {string.Join(',', one.Prompt)}";
        Assert.Equal(Make(Settings, 5, 10).Select(Of), Make(Settings, 5, 10).Select(Of));
        Assert.NotEqual(Make(Settings, 5, 10).Select(Of), Make(Settings, 6, 10).Select(Of));
    }

    [Fact]
    public void Requests_of_a_file_come_when_it_says()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, """
                {"at":0.5,"prompt_tokens":12,"output_tokens":3}
                {"at":2,"prompt_tokens":40,"output_tokens":7}
                """);
            var requests = Make(Settings with { Replay = file }, 7);
            Assert.Equal([(0.5, 12, 3), (2, 40, 7)], requests.Select(one => (one.At.TotalSeconds, one.Prompt.Length, one.TokensMax)));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
