using System.Collections.Immutable;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Gaudi.Actors.Settings;
using Xunit;

namespace Gaudi.Tests.Actors.Requests;

/// <summary>Which replica a prompt goes to.</summary>
public sealed class ReplicaRouterTests
{
    private static readonly ReplicaSettings Settings = new(
        3, AffinityTokensMax: 100, AffinityBlocksMax: 64, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));

    private static readonly ImmutableArray<BlockHash> Prompt = PromptPrefix.Of(Given.Request("r", Enumerable.Range(0, 12)), 4);

    private static readonly ImmutableHashSet<int> Nobody = [];

    private readonly ReplicaRouter _router = new(new ReplicaRouting(["m/0", "m/1", "m/2"], Settings, 4));

    private int? Choose(params int[] but) => _router.Choose(Prompt, but.ToHashSet());

    private void Hear(int replica, string state, long epoch = 1, bool isFinal = false) =>
        _router.Hear(new ReplicaChanged($"m/{replica}", state, isFinal, epoch));

    [Fact]
    public void Least_loaded_is_chosen_and_the_first_of_equals()
    {
        Assert.Equal(0, Choose());
        _router.Load(0, 1);
        Assert.Equal(1, Choose());
        _router.Load(1, 2);
        _router.Load(2, 1);
        Assert.Equal(0, Choose());
    }

    [Fact]
    public void Longest_known_prefix_comes_before_load_until_it_has_much_more_to_do()
    {
        _router.Remember(1, Prompt[..1]);
        _router.Remember(2, Prompt[..2]);
        Assert.Equal(2, Choose());
        _router.Load(2, 100);
        Assert.Equal(2, Choose());
        _router.Load(2, 1);
        Assert.Equal(1, Choose()); // The next best that has not.
        _router.Load(1, 101);
        Assert.Equal(0, Choose());
        _router.Load(0, 1); // Much more is counted from the least loaded.
        Assert.Equal(2, Choose());
    }

    [Fact]
    public void Of_equally_known_prefixes_the_load_decides()
    {
        _router.Remember(1, Prompt);
        _router.Remember(2, Prompt);
        _router.Load(1, 50);
        Assert.Equal(2, Choose());
    }

    [Fact]
    public void Healthier_comes_before_prefix_and_load()
    {
        _router.Remember(0, Prompt);
        string[] byHealth = ["degraded", "forming", "serving"];
        foreach (var state in byHealth)
        {
            Hear(0, "degraded", isFinal: true);
            Hear(1, state);
            Hear(2, "degraded");
            _router.Load(1, 1000);
            Assert.Equal(state == "degraded" ? 2 : 1, Choose());
        }
        Assert.Equal(2, Choose(1));
        Assert.Equal(0, Choose(1, 2));
        Assert.Null(Choose(0, 1, 2));
    }

    [Fact]
    public void Prefix_of_an_epoch_is_forgotten_with_it()
    {
        Hear(2, "serving");
        _router.Remember(2, Prompt);
        Hear(2, "serving");
        Assert.Equal(3, _router.MatchOf(2, Prompt));
        Hear(2, "serving", epoch: 2);
        Assert.Equal(0, _router.MatchOf(2, Prompt));
    }

    [Fact]
    public void Replica_that_does_not_answer_is_silent_after_its_patience_and_back_with_its_answer()
    {
        foreach (var replica in new[] { 0, 1, 2 })
            Hear(replica, "serving");
        for (var beat = 0; beat < 3; beat++)
        {
            _router.Beat();
            Assert.False(_router.IsLeft(1));
            Hear(0, "serving");
        }
        _router.Beat();
        Assert.Equal(
            [ReplicaHealth.Serving, ReplicaHealth.Silent, ReplicaHealth.Silent], new[] { 0, 1, 2 }.Select(_router.HealthOf));
        Hear(2, "degraded");
        Assert.Equal(2, _router.Choose(Prompt, new HashSet<int> { 0 })); // It can queue; a silent one may be nowhere.
        Hear(1, "serving");
        Assert.Equal(ReplicaHealth.Serving, _router.HealthOf(1));
    }

    [Fact]
    public void Replica_of_another_server_is_no_matter()
    {
        _router.Hear(new ReplicaChanged("m/7", "serving", false, 1));
        Assert.Equal(ReplicaHealth.Unknown, _router.HealthOf(0));
    }

    [Fact]
    public void Choice_is_among_the_healthiest_and_none_of_them_has_a_longer_prefix_within_the_allowance()
    {
        var random = new Random(11);
        string[] states = ["serving", "forming", "degraded"];
        for (var turn = 0; turn < 2000; turn++)
        {
            var replica = random.Next(3);
            switch (random.Next(4))
            {
                case 0: Hear(replica, states[random.Next(3)], random.Next(1, 3), random.Next(8) == 0); break;
                case 1: _router.Load(replica, random.Next(60)); break;
                case 2: _router.Load(replica, -random.NextInt64(_router.LoadOf(replica) + 1)); break;
                case 3: _router.Remember(replica, Prompt[..random.Next(1, 4)]); break;
            }
            var chosen = _router.Choose(Prompt, Nobody)!.Value;
            var best = Enumerable.Range(0, 3).Where(one => _router.HealthOf(one) == Enumerable.Range(0, 3).Min(_router.HealthOf)).ToList();
            Assert.Contains(chosen, best);
            var least = best.Min(_router.LoadOf);
            foreach (var other in best.Where(other => _router.LoadOf(other) <= least + Settings.AffinityTokensMax))
            {
                var (mine, its) = (Worth(chosen, least), Worth(other, least));
                Assert.True(mine.CompareTo(its) <= 0, $"turn {turn}: {chosen} was chosen before {other}");
            }
        }

        (int, long, int) Worth(int replica, long least) => (
            _router.LoadOf(replica) > least + Settings.AffinityTokensMax ? 0 : -_router.MatchOf(replica, Prompt),
            _router.LoadOf(replica), replica);
    }
}
