using Gaudi.Hpu.Plugins;
using Xunit;

namespace Gaudi.Tests.Hpu.Plugins;

/// <summary>T3-T7, rules R3-R8, gaps G1, G6, G7.</summary>
public sealed class AllowListTests
{
    private const string Platform = EntryPointGroups.Platform;

    private static FakePlugins Plugins() => new FakePlugins()
        .Platform("hpu", _ => null)
        .General("a", _ => { })
        .General("b", _ => { });

    private static (PluginWorld World, Dictionary<string, string> Outcomes) Load(string? allowed, bool trim = false)
    {
        var world = new PluginWorld(Plugins()) { TrimAllowList = trim };
        if (allowed is not null)
            world.Environment[AllowList.Variable] = allowed;
        return (world, world.Load().Plugins.ToDictionary(p => p.Name, p => p.Outcome));
    }

    [Theory]
    [InlineData(null, "registered", "registered")]
    [InlineData("a", "registered", "filtered")]
    [InlineData("a,b", "registered", "registered")]
    [InlineData("a, b", "registered", "filtered")]
    [InlineData(" a,b", "filtered", "registered")]
    [InlineData("A,b", "filtered", "registered")]
    [InlineData("", "filtered", "filtered")]
    public void Allow_list_matches_names_exactly_and_does_not_trim(string? allowed, string a, string b)
    {
        var (_, outcomes) = Load(allowed);

        Assert.Equal((a, b), (outcomes["a"], outcomes["b"])); // T3, T4, T6, R3, R4, R5, R7
    }

    [Fact]
    public void Allow_list_trims_where_the_switch_asks_for_it()
    {
        var (_, outcomes) = Load("a, b", trim: true);

        Assert.Equal(("registered", "registered"), (outcomes["a"], outcomes["b"])); // T3, R4, G7
    }

    [Fact]
    public void Empty_allow_list_lets_no_plugin_of_any_group_load()
    {
        var (world, outcomes) = Load("");

        Assert.All(outcomes.Values, outcome => Assert.Equal("filtered", outcome)); // T4, R5
        Assert.Equal(
            "VLLM_PLUGINS leaves no platform plugin (hpu): it counts for every group, so name the platform too",
            Assert.Single(world.Warnings));
    }

    [Fact]
    public void Allow_list_of_a_general_plugin_alone_drops_the_platform_and_says_so()
    {
        var (world, outcomes) = Load("a");

        Assert.Equal("filtered", outcomes["hpu"]); // T5, R6
        Assert.Contains("leaves no platform plugin (hpu)", Assert.Single(world.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("hp")]
    [InlineData("hpu2")]
    public void Unknown_name_is_warned_of_once_and_names_what_was_found(string name)
    {
        var (world, _) = Load($"hpu,a,{name},{name}");

        Assert.Equal($"VLLM_PLUGINS names \"{name}\", which no plugin is called; found: hpu, a, b",
            Assert.Single(world.Warnings)); // T7, R8, G6
    }

    [Theory]
    [InlineData("hpu, a", "write a, exactly and without blanks")]
    [InlineData("hpu,A", "write a, exactly and without blanks")]
    public void Near_miss_is_told_the_right_name(string allowed, string hint)
    {
        var (world, _) = Load(allowed);

        Assert.EndsWith(hint, Assert.Single(world.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("hpu,a,b")]
    // T7, R8
    public void Allow_list_that_resolves_warns_of_nothing(string? allowed) =>
        Assert.Empty(Load(allowed).World.Warnings);

    [Fact]
    public void Allow_list_names_plugins_not_values()
    {
        var (_, outcomes) = Load("Fake:Register_a");

        Assert.Equal("filtered", outcomes["a"]); // T6, R7
    }

    [Fact]
    public void Filtered_plugin_is_listed_as_filtered_without_being_run()
    {
        var world = new PluginWorld(new FakePlugins().Platform("hpu", _ => throw new InvalidOperationException("ran")));
        world.Environment[AllowList.Variable] = "other";

        var row = Assert.Single(world.Host().List());

        Assert.Equal((Platform, "hpu", "filtered"), (row.Group, row.Name, row.Outcome));
    }
}
