using Gaudi.Hpu.Platforms;
using Gaudi.Hpu.Plugins;
using Gaudi.Tests.Hpu.Ops;
using Xunit;

namespace Gaudi.Tests.Hpu.Plugins;

/// <summary>T1, T2, T8-T17, rules R1, R2, R9-R21, gap G8.</summary>
public sealed class PluginHostTests
{
    private static PluginOutcome Of(PluginLoad load, string name) => Assert.Single(load.Plugins, p => p.Name == name);

    [Fact]
    public void Load_calls_the_members_of_its_two_groups_and_no_others()
    {
        var called = new List<string>();
        var load = new PluginWorld(new FakePlugins()
            .Platform("p", _ => Called("p"))
            .OfGroup("vllm.endpoint_plugins", "e")
            .General("g", _ => Called("g"))).Load();

        Assert.Equal(["p", "g"], called); // T1, R1
        Assert.Equal("discovered", Of(load, "e").Outcome);
        Assert.Equal("a worker does not load the group vllm.endpoint_plugins", Of(load, "e").Reason);

        string? Called(string name)
        {
            called.Add(name);
            return null;
        }
    }

    [Fact]
    public void Empty_group_is_no_error_and_one_debug_line()
    {
        var world = new PluginWorld(new FakePlugins());

        Assert.Empty(world.Load().Plugins); // T2, R2
        Assert.Equal(
            ["No plugins for group vllm.platform_plugins found.", "No plugins for group vllm.general_plugins found."],
            world.Log.Where(l => l.Level == PluginLogLevel.Debug).Select(l => l.Text));
    }

    [Fact]
    public void Plugin_that_cannot_be_loaded_is_an_error_line_and_the_others_go_on()
    {
        var world = new PluginWorld(new FakePlugins()
            .Unloadable(EntryPointGroups.General, "bad", new BadImageFormatException("it is a picture"))
            .General("good", _ => { }));

        var load = world.Load();

        Assert.Equal(("failed", "BadImageFormatException: it is a picture"),
            (Of(load, "bad").Outcome, Of(load, "bad").Reason));
        Assert.Equal("registered", Of(load, "good").Outcome); // T8, R9
        var line = Assert.Single(world.Log, l => l.Level == PluginLogLevel.Error);
        Assert.StartsWith("Failed to load plugin bad", line.Text, StringComparison.Ordinal);
        Assert.IsType<BadImageFormatException>(line.Error);
        Assert.Null(load.Fatal);
    }

    [Fact]
    public void Later_plugin_of_the_same_name_is_used_and_the_earlier_is_warned_of()
    {
        var called = new List<string>();
        var world = new PluginWorld(new FakePlugins()
            .General("twin", _ => called.Add("first"), "First")
            .General("twin", _ => called.Add("second"), "Second"));

        var load = world.Load();

        Assert.Equal(["second"], called); // T9, R10
        Assert.Equal(["skipped", "registered"], load.Plugins.Select(p => p.Outcome));
        Assert.Equal(
            "two plugins of vllm.general_plugins are called twin: " +
            "Second:Register_twin is used, First:Register_twin is not",
            Assert.Single(world.Warnings));
    }

    [Fact]
    public void Plugins_are_called_and_reported_in_the_order_of_discovery()
    {
        var called = new List<string>();
        var plugins = new FakePlugins();
        string[] names = ["z", "a", "m", "b"];
        foreach (var name in names)
            plugins.General(name, _ => called.Add(name));

        var load = new PluginWorld(plugins).Load();

        Assert.Equal(names, called); // T10, R11
        Assert.Equal(names, load.Plugins.Select(p => p.Name));
    }

    [Fact]
    public void Log_lines_of_a_group_have_the_upstream_texts_and_levels()
    {
        var world = new PluginWorld(new FakePlugins().Platform("hpu", _ => null).General("ops", _ => { }));

        world.Load();

        Assert.Equal(
        [
            (PluginLogLevel.Info, "Available plugins for group vllm.platform_plugins:"),
            (PluginLogLevel.Info, "- hpu -> Fake:Register_hpu"),
            (PluginLogLevel.Info,
                "All plugins in this group will be loaded. Set `VLLM_PLUGINS` to control which plugins to load."),
        ], world.Log.Take(3).Select(l => (l.Level, l.Text))); // T11, R13
        Assert.Equal(
        [
            (PluginLogLevel.Debug, "Available plugins for group vllm.general_plugins:"),
            (PluginLogLevel.Debug, "- ops -> Fake:Register_ops"),
            (PluginLogLevel.Debug,
                "All plugins in this group will be loaded. Set `VLLM_PLUGINS` to control which plugins to load."),
        ], world.Log.TakeLast(3).Select(l => (l.Level, l.Text)));
    }

    [Fact]
    public void Log_lines_of_a_filtered_group_list_all_and_load_the_allowed()
    {
        var world = new PluginWorld(new FakePlugins().General("a", _ => { }).General("b", _ => { }));
        world.Environment[AllowList.Variable] = "b";

        world.Load();

        Assert.Equal(
            ["Available plugins for group vllm.general_plugins:", "- a -> Fake:Register_a", "- b -> Fake:Register_b",
                "Loading plugin b"],
            world.Log.TakeLast(4).Select(l => l.Text)); // T11, R13
    }

    [Fact]
    public void Second_load_runs_nothing_and_gives_the_same_object()
    {
        var runs = 0;
        var host = new PluginWorld(new FakePlugins().General("g", _ => runs++)).Host();

        Assert.Same(host.Load(), host.Load()); // T12, R14
        Assert.Equal(1, runs);
    }

    [Fact]
    public void Load_from_many_threads_runs_every_plugin_once()
    {
        var runs = 0;
        var host = new PluginWorld(new FakePlugins().General("g", _ => Interlocked.Increment(ref runs))).Host();
        using var start = new Barrier(8);
        var loads = new PluginLoad[8];
        var threads = Enumerable.Range(0, loads.Length).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            loads[i] = host.Load();
        })).ToArray();

        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();

        Assert.Equal(1, runs); // T12, R14
        Assert.All(loads, load => Assert.Same(loads[0], load));
    }

    [Fact]
    public void Stop_ends_the_start_at_the_plugin_that_throws_and_calls_no_later_one()
    {
        var called = new List<string>();
        var load = new PluginWorld(Throwing(called)) { OnFailure = PluginFailurePolicy.Stop }.Load();

        Assert.Equal(["one", "two"], called); // T13, R17
        Assert.Equal(["registered", "failed", "skipped"], load.Plugins.Select(p => p.Outcome));
        Assert.Equal("plugin two (Fake:Register_two) failed: InvalidOperationException: no kernels; " +
            "remove it, or set gaudi.plugins.on-failure = report", load.Fatal);
    }

    [Fact]
    public void Stop_also_stops_at_a_plugin_that_cannot_be_loaded()
    {
        var load = new PluginWorld(new FakePlugins()
            .Unloadable(EntryPointGroups.General, "bad", new IOException("gone")))
        {
            OnFailure = PluginFailurePolicy.Stop,
        }.Load();

        Assert.Contains("plugin bad (Broken:Register_bad) failed: IOException: gone", load.Fatal,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Restarted_worker_starts_clean_after_a_stop()
    {
        var called = new List<string>();
        var isBroken = true;
        var world = new PluginWorld(new FakePlugins().General("one", _ =>
        {
            called.Add("one");
            if (isBroken)
                throw new InvalidOperationException("not yet");
        }).General("two", _ => called.Add("two"))) { OnFailure = PluginFailurePolicy.Stop };

        Assert.NotNull(world.Load().Fatal);
        isBroken = false;
        Assert.Null(world.Load().Fatal); // T14 safe mode, G8: a new process has a new host
        Assert.Equal(["one", "one", "two"], called);
    }

    [Fact]
    public void Upstream_dies_of_a_plugin_that_throws_and_then_skips_the_rest_in_silence()
    {
        var called = new List<string>();
        var host = new PluginWorld(Throwing(called)) { OnFailure = PluginFailurePolicy.Upstream }.Host();

        Assert.Contains("no kernels", host.Load().Fatal, StringComparison.Ordinal); // R17
        var again = host.Load();

        Assert.Null(again.Fatal); // T14, R15: the guard was set before loading
        Assert.Equal(["one", "two"], called);
        Assert.Equal("skipped", Of(again, "three").Outcome);
    }

    [Fact]
    public void Upstream_skips_a_plugin_that_cannot_be_loaded()
    {
        var load = new PluginWorld(new FakePlugins()
            .Unloadable(EntryPointGroups.General, "bad", new IOException("gone"))
            .General("good", _ => { })) { OnFailure = PluginFailurePolicy.Upstream }.Load();

        Assert.Null(load.Fatal); // R9 against R17
        Assert.Equal(["failed", "registered"], load.Plugins.Select(p => p.Outcome));
    }

    [Fact]
    public void Report_goes_on_after_a_plugin_that_throws()
    {
        var called = new List<string>();
        var world = new PluginWorld(Throwing(called));
        var load = world.Load();

        Assert.Equal(["one", "two", "three"], called);
        Assert.Equal(["registered", "failed", "registered"], load.Plugins.Select(p => p.Outcome));
        Assert.Null(load.Fatal);
        Assert.Equal("Plugin two (Fake:Register_two) failed: InvalidOperationException: no kernels",
            Assert.Single(world.Warnings));
    }

    [Fact]
    public void Loads_count_processes_not_the_actors_in_them()
    {
        var runs = 0;
        var world = new PluginWorld(new FakePlugins().General("g", _ => runs++));
        var processes = Enumerable.Range(0, 6).Select(_ => world.Host()).ToArray();

        foreach (var process in processes)
            Assert.Same(process.Load(), process.Load()); // two actors of one process share one load

        Assert.Equal(processes.Length, runs); // T15, R18
        Assert.Equal(6, processes.Select(p => p.Registry).Distinct().Count());
    }

    [Fact]
    public void Restarted_actor_shares_the_load_and_a_restarted_process_loads_again()
    {
        var runs = 0;
        var world = new PluginWorld(new FakePlugins().General("g", _ => runs++));
        var process = world.Host();

        process.Load();
        process.Load();
        Assert.Equal(1, runs); // T16, R14
        world.Host().Load();
        Assert.Equal(2, runs); // R19
    }

    [Fact]
    public void Plugin_called_again_and_again_gives_the_same_registry_digest()
    {
        var world = new PluginWorld(new FakePlugins()
            .General("g", r => r.Module("m", m => m.Replace<ProbeOp, PluginProbeOp>())));

        var digests = Enumerable.Range(0, 3).Select(_ =>
        {
            var host = world.Host();
            host.Load();
            return host.Registry.Seal().Digest;
        });

        Assert.Single(digests.Distinct()); // T17, R20, R21
    }

    [Fact]
    public void Outcome_carries_value_version_and_duration()
    {
        var row = Of(new PluginWorld(new FakePlugins().General("g", _ => { })).Load(), "g");

        Assert.Equal(("vllm.general_plugins", "Fake:Register_g", "Fake", "1.0.0"),
            (row.Group, row.Value, row.Assembly, row.Version));
        Assert.True(row.DurationMs > 0); // gap G2
    }

    [Fact]
    public void First_load_is_traced_and_listing_does_not_load()
    {
        var host = new PluginWorld(new FakePlugins().General("g", _ => { })).Host();

        host.List();
        Assert.Null(host.FirstLoadTrace); // T26, R33
        host.Load();
        Assert.Contains(nameof(First_load_is_traced_and_listing_does_not_load), host.FirstLoadTrace,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_custom_ops_setting_stops_the_start_with_its_own_sentence()
    {
        var load = new PluginWorld(new FakePlugins()) { CustomOps = ["all", "+probe_op"],
            DisabledOps = ["probe_op"] }.Load();

        Assert.Equal("custom_ops cannot both enable and disable the same operation: probe_op", load.Fatal); // R57
        Assert.IsType<CpuPlatform>(load.ActivePlatform);
    }

    private static FakePlugins Throwing(List<string> called) => new FakePlugins()
        .General("one", _ => called.Add("one"))
        .General("two", _ =>
        {
            called.Add("two");
            throw new InvalidOperationException("no kernels");
        })
        .General("three", _ => called.Add("three"));
}
