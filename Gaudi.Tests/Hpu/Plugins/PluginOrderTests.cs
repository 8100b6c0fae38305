using Gaudi.Hpu.Plugins;
using Xunit;

namespace Gaudi.Tests.Hpu.Plugins;

/// <summary>Gaps G3 and G4: declared order, needs and API version.</summary>
public sealed class PluginOrderTests
{
    [Fact]
    public void Declared_order_holds_against_the_order_of_discovery_for_random_graphs()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var rank = Enumerable.Range(0, 8).OrderBy(_ => random.Next()).ToArray();
            // An edge only from a higher rank to a lower one: never a circle.
            var group = Enumerable.Range(0, 8).Select(i => Plugin($"p{i}") with
            {
                After = [.. Enumerable.Range(0, 8).Where(j => rank[j] < rank[i] && random.Next(3) == 0)
                    .Select(j => $"p{j}")],
            }).ToArray();

            var order = PluginOrder.Of(group);

            Assert.True(order.Cycles.IsEmpty, $"seed {seed}");
            Assert.Equal(group.Select(p => p.Name), order.Plugins.Select(p => p.Name).Order(StringComparer.Ordinal));
            foreach (var plugin in order.Plugins)
            {
                var index = order.Plugins.IndexOf(plugin);
                Assert.All(plugin.After, before =>
                    Assert.True(order.Plugins.Take(index).Any(p => p.Name == before),
                        $"seed {seed}: {before} before {plugin.Name}"));
            }
        }
    }

    [Fact]
    public void Order_without_declarations_is_that_of_discovery() =>
        Assert.Equal(["z", "a", "m"],
            PluginOrder.Of([Plugin("z"), Plugin("a"), Plugin("m")]).Plugins.Select(p => p.Name));

    [Fact]
    public void Replacing_plugin_comes_after_the_one_it_replaces() => Assert.Equal(
        ["hpu_custom_ops", "mine"],
        PluginOrder.Of([Plugin("mine") with { Replaces = "hpu_custom_ops" }, Plugin("hpu_custom_ops")])
            .Plugins.Select(p => p.Name));

    [Fact]
    public void Circle_is_a_failure_that_names_it_and_leaves_the_others()
    {
        var called = new List<string>();
        var load = new PluginWorld(new FakePlugins()
            .General("a", _ => called.Add("a"), declare: p => p with { After = ["b"] })
            .General("b", _ => called.Add("b"), declare: p => p with { Needs = ["c"] })
            .General("c", _ => called.Add("c"), declare: p => p with { Replaces = "a" })
            .General("d", _ => called.Add("d"))).Load();

        Assert.Equal(["d"], called);
        Assert.Equal(["failed", "failed", "failed", "registered"], load.Plugins.Select(p => p.Outcome));
        Assert.Equal("its order goes in a circle: a after b after c after a", load.Plugins[0].Reason);
        Assert.Null(load.Fatal);
    }

    [Fact]
    public void Circle_stops_the_start_where_failures_do()
    {
        var load = new PluginWorld(new FakePlugins()
            .General("a", _ => { }, declare: p =>
                p with { After = ["a"] })) { OnFailure = PluginFailurePolicy.Stop }.Load();

        Assert.Equal("plugin a (Fake:Register_a) failed: its order goes in a circle: a after a; " +
            "remove it, or set gaudi.plugins.on-failure = report", load.Fatal);
    }

    [Fact]
    public void Need_that_is_missing_or_failed_is_a_failure_and_an_order_that_is_missing_is_not()
    {
        var load = new PluginWorld(new FakePlugins()
            .General("broken", _ => throw new InvalidOperationException("x"))
            .General("one", _ => { }, declare: p => p with { Needs = ["absent"] })
            .General("two", _ => { }, declare: p => p with { Needs = ["broken"] })
            .General("three", _ => { }, declare: p => p with { After = ["absent", "broken"] })).Load();

        Assert.Equal(
            [("failed", "it needs absent, which is not installed or not allowed"),
                ("failed", "it needs broken, which has not registered"), ("registered", "")],
            load.Plugins.Skip(1).Select(p => (p.Outcome, p.Reason)));
    }

    [Theory]
    [InlineData(2, "it was written for plugin API 2, this runtime has 1")]
    [InlineData(null, "it declares no [assembly: PluginApiVersion(1)]")]
    public void Other_api_version_is_refused_before_anything_of_the_plugin_runs(int? version, string reason)
    {
        var load = new PluginWorld(new FakePlugins().General(
            "g", _ => throw new InvalidOperationException("ran"), declare: p => p with { ApiVersion = version }))
                .Load();

        Assert.Equal(("failed", reason), (load.Plugins[0].Outcome, load.Plugins[0].Reason)); // G4
    }

    private static DiscoveredPlugin Plugin(string name) =>
        new(EntryPointGroups.General, name, "T", "M", "A", "1.0.0", "/nowhere/A.dll");
}
