using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Settings;
using Xunit;

namespace Gaudi.Tests.Actors.Requests;

/// <summary>Where open choices are, and where they go when their replica is lost or refuses them.</summary>
public sealed class OpenRoutesTests
{
    private readonly OpenRoutes _routes = Routes();

    private static OpenRoutes Routes() => new(new ReplicaRouting(
        ["m/0", "m/1", "m/2"],
        new ReplicaSettings(3, AffinityTokensMax: 20, AffinityBlocksMax: 64, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)), 4));

    private static GenerationRequest Request(string id, int first, int choice = 0, int size = 1, int tokensMax = 10) =>
        Given.Request(id, Enumerable.Range(first, 8), tokensMax, choice) with { Group = size == 1 ? null : new ChoiceGroup(id, size) };

    private List<string> Hear(int replica, string state) => Texts(_routes.Hear(new ReplicaChanged($"m/{replica}", state, false, 1)));

    private static List<string> Texts(IEnumerable<((string RequestId, int Choice) Key, string ReplicaId)> moved) =>
        [.. moved.Select(one => $"{one.Key.RequestId}.{one.Key.Choice} to {one.ReplicaId}")];

    private void AllServe()
    {
        foreach (var replica in new[] { 0, 1, 2 })
            Assert.Empty(Hear(replica, "serving"));
    }

    [Fact]
    public void Different_prompts_are_spread_and_one_that_comes_again_goes_where_it_was()
    {
        AllServe();
        Assert.Equal(["m/0", "m/1", "m/2"], new[] { 100, 200, 300 }.Select(first => _routes.Open(Request($"a{first}", first))));
        foreach (var first in new[] { 100, 200, 300 })
            _routes.Close(($"a{first}", 0));
        Assert.Equal(["m/2", "m/1", "m/0"], new[] { 300, 200, 100 }.Select(first => _routes.Open(Request($"b{first}", first))));
    }

    [Fact]
    public void Work_that_is_done_counts_no_more()
    {
        AllServe();
        Assert.Equal("m/0", _routes.Open(Request("a", 100, tokensMax: 20)));
        Assert.Equal("m/1", _routes.Open(Request("b", 200, tokensMax: 10)));
        Assert.Equal("m/2", _routes.Open(Request("c", 300, tokensMax: 15)));
        _routes.MoveForward(("a", 0), 15); // 5 are left of it, 18 and 23 of the others.
        Assert.Equal("m/0", _routes.Open(Request("d", 400, tokensMax: 6)));
        Assert.Equal("m/1", _routes.Open(Request("e", 500)));
    }

    [Fact]
    public void Choices_of_a_lost_replica_move_in_the_order_they_came_to_those_that_serve()
    {
        AllServe();
        _routes.Open(Request("a", 100));
        _routes.Open(Request("b", 200));
        _routes.Open(Request("c", 300));
        _routes.Open(Request("d", 100));
        Assert.Equal(["a.0 to m/1", "d.0 to m/1"], Hear(0, "degraded"));
        Assert.Empty(Hear(0, "forming"));
        Assert.Empty(Hear(0, "serving")); // They stay where they are computed.
    }

    [Fact]
    public void Choices_wait_for_the_first_replica_that_serves()
    {
        AllServe();
        _routes.Open(Request("a", 100));
        Hear(1, "degraded");
        Hear(2, "degraded");
        Assert.Empty(Hear(0, "degraded"));
        Assert.Equal(["a.0 to m/2"], Hear(2, "serving"));
    }

    [Fact]
    public void Choice_that_was_there_when_two_replicas_were_lost_is_not_taken_to_a_third_one_until_it_has_a_token()
    {
        AllServe();
        _routes.Open(Request("a", 100));
        Assert.Equal(["a.0 to m/1"], Hear(0, "degraded"));
        Assert.Equal(["a.0 to m/2"], Hear(1, "degraded"));
        Hear(0, "serving");
        Assert.Empty(Hear(2, "degraded"));
        Hear(2, "serving");
        _routes.MoveForward(("a", 0), 1);
        Assert.Equal(["a.0 to m/0"], Hear(2, "degraded"));
    }

    [Fact]
    public void Silence_is_a_loss()
    {
        AllServe();
        _routes.Open(Request("a", 100));
        for (var beat = 0; beat < 2; beat++)
        {
            Assert.Empty(_routes.Beat());
            Hear(1, "serving");
            Hear(2, "serving");
        }
        Assert.Equal(["a.0 to m/1"], Texts(_routes.Beat()));
    }

    [Fact]
    public void Refused_choice_is_offered_to_each_other_one_once()
    {
        AllServe();
        Assert.Equal("m/0", _routes.Open(Request("a", 100)));
        Assert.Equal("m/1", _routes.Refuse(("a", 0), "m/0"));
        Assert.Equal("m/1", _routes.Refuse(("a", 0), "m/0")); // The refusal crossed its way.
        Assert.Equal("m/2", _routes.Refuse(("a", 0), "m/1"));
        Assert.Null(_routes.Refuse(("a", 0), "m/2"));
        Assert.Equal("m/0", _routes.Refuse(("a", 0), "m/2")); // It has waited: a new round.
    }

    [Fact]
    public void Refused_choice_is_not_offered_to_one_that_does_not_serve()
    {
        AllServe();
        Hear(2, "degraded");
        _routes.Open(Request("a", 100));
        Assert.Equal("m/1", _routes.Refuse(("a", 0), "m/0"));
        Assert.Null(_routes.Refuse(("a", 0), "m/1"));
    }

    [Fact]
    public void Choices_of_a_request_stay_together_when_they_come_when_they_are_refused_and_when_they_move()
    {
        AllServe();
        foreach (var choice in Enumerable.Range(0, 3))
            Assert.Equal("m/0", _routes.Open(Request("a", 100, choice, size: 3, tokensMax: 1000)));
        foreach (var choice in Enumerable.Range(0, 3))
            Assert.Equal("m/1", _routes.Refuse(("a", choice), "m/0"));
        Assert.Equal(
            ["a.0 to m/0", "a.1 to m/0", "a.2 to m/0"], Hear(2, "degraded").Concat(Hear(1, "degraded")));
    }

    [Fact]
    public void Histories_that_are_the_same_choose_the_same_and_no_choice_stays_at_a_lost_replica_while_another_serves()
    {
        var twin = Routes();
        var random = new Random(23);
        var at = new SortedDictionary<(string, int), string>();
        var (serving, degraded) = (new SortedSet<string>(StringComparer.Ordinal), new SortedSet<string>(StringComparer.Ordinal));
        var lostCounts = new SortedDictionary<(string, int), int>();
        for (var turn = 0; turn < 3000; turn++)
        {
            var replica = $"m/{random.Next(3)}";
            var key = at.Count == 0 ? default : at.Keys.ElementAt(random.Next(at.Count));
            switch (random.Next(6))
            {
                case 0 or 1:
                    var request = Request($"r{turn}", random.Next(5) * 100, tokensMax: random.Next(1, 40));
                    Assert.Equal(at[(request.RequestId, 0)] = _routes.Open(request), twin.Open(request));
                    break;
                case 2 when at.Count > 0:
                    at.Remove(key);
                    _routes.Close(key);
                    twin.Close(key);
                    break;
                case 3 when at.Count > 0:
                    var count = random.Next(40);
                    lostCounts[key] = 0;
                    _routes.MoveForward(key, count);
                    twin.MoveForward(key, count);
                    break;
                case 4 when at.Count > 0:
                    var next = _routes.Refuse(key, at[key]);
                    Assert.Equal(next, twin.Refuse(key, at[key]));
                    Assert.NotEqual(at[key], next);
                    Assert.True(next is null || serving.Contains(next), $"turn {turn}: {next} does not serve");
                    at[key] = next ?? at[key];
                    break;
                case 5:
                    var heard = new ReplicaChanged(replica, random.Next(3) == 0 ? "degraded" : "serving", false, random.Next(1, 3));
                    var (now, before) = heard.State == "serving" ? (serving, degraded) : (degraded, serving);
                    now.Add(replica);
                    before.Remove(replica);
                    var moved = _routes.Hear(heard);
                    Assert.Equal(moved.AsEnumerable(), twin.Hear(heard));
                    foreach (var (one, to) in moved)
                        (at[one], lostCounts[one]) = (to, lostCounts.GetValueOrDefault(one) + 1);
                    foreach (var (one, where) in at.Where(one => serving.Count > 0 && degraded.Contains(one.Value)))
                        Assert.True(lostCounts.GetValueOrDefault(one) >= 2, $"turn {turn}: {one} stays at {where}, which is lost");
                    break;
            }
        }
        foreach (var key in at.Keys)
            _routes.Close(key);
    }
}
