using CsCheck;
using Gaudi.Actors.TensorParallel;
using Gaudi.Hpu.Execution;
using Xunit;

namespace Gaudi.Tests.Actors.TensorParallel;

public sealed class StepClockTests
{
    private static readonly (int, int) Decode = (0, 1);

    private static StepClock New() => new(Given.Settings().Group.Hang);

    private static StepClock After(IEnumerable<TimeSpan> durations, (int, int)? bucket = null)
    {
        var clock = New();
        clock.Note(bucket ?? Decode, TimeSpan.FromSeconds(9)); // The first says how long a new rank needs.
        foreach (var duration in durations)
            clock.Note(bucket ?? Decode, duration);
        return clock;
    }

    private static IEnumerable<TimeSpan> Same(int count, int milliseconds) =>
        Enumerable.Repeat(TimeSpan.FromMilliseconds(milliseconds), count);

    [Theory]
    [InlineData(0, 20, 10)]
    [InlineData(49, 20, 10)]
    [InlineData(50, 20, 2)]
    [InlineData(50, 900, 2.7)]
    [InlineData(50, 5000, 15)]
    public void Limit_is_three_times_the_p99_and_two_seconds_at_least_once_fifty_steps_were_seen(
        int count, int milliseconds, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), After(Same(count, milliseconds)).Limit(Decode));

    [Fact]
    public void Limit_is_never_under_the_least_and_never_lets_a_step_hang_that_is_as_long_as_most()
    {
        Gen.Int[1, 20_000].Array[50, 700].Sample(durations =>
        {
            var clock = After(durations.Select(one => TimeSpan.FromMilliseconds(one)));
            var limit = clock.Limit(Decode);
            var kept = durations.TakeLast(512).ToArray();
            Assert.True(limit >= TimeSpan.FromSeconds(2));
            var overCount = kept.Count(one => TimeSpan.FromMilliseconds(one) * 3 > limit);
            Assert.True(overCount <= kept.Length / 100, $"{overCount} of {kept.Length} are over a third of {limit}");
            Assert.True(limit == TimeSpan.FromSeconds(2) || kept.Any(one => TimeSpan.FromMilliseconds(one) * 3 == limit));
        }, iter: 200);
    }

    [Fact]
    public void Old_steps_are_forgotten() =>
        Assert.Equal(TimeSpan.FromSeconds(2), After(Same(300, 5000).Concat(Same(512, 10))).Limit(Decode));

    [Fact]
    public void Sizes_are_told_apart_and_the_first_step_with_a_new_rank_has_the_first_limit()
    {
        var clock = After(Same(50, 1000));
        Assert.Equal(TimeSpan.FromSeconds(10), clock.Limit((8, 1)));
        clock.Cool();
        Assert.Equal(TimeSpan.FromSeconds(10), clock.Limit(Decode));
        clock.Note(Decode, TimeSpan.FromSeconds(8));
        Assert.Equal(TimeSpan.FromSeconds(3), clock.Limit(Decode));
    }

    [Theory]
    [InlineData(5, 0, 8, 8, 0)] // Of a longer prompt.
    [InlineData(8, 0, 8, 8, 0)]
    [InlineData(9, 0, 9, 16, 0)]
    [InlineData(1, 8, 8, 0, 1)]
    [InlineData(4, 6, 8, 2, 2)] // The end of a prompt, and what was generated behind it.
    public void Size_of_a_step_counts_prompt_and_generated_positions_apart(int count, int first, int promptCount, int prompt, int decode) =>
        Assert.Equal(
            (prompt, decode),
            StepClock.BucketOf(new StepPlan(1, [new SequenceStep(1, [.. new int[count]], first, promptCount, [0], null, 0)])));
}
