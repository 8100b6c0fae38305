using Gaudi.Hpu.Platforms;
using Gaudi.Hpu.Plugins;
using Gaudi.Tests.Hpu.Plugins;
using Xunit;

namespace Gaudi.Tests.Hpu.Platforms;

/// <summary>T18-T29, rules R23-R37, gap G1.</summary>
public sealed class PlatformSelectionTests
{
    private static readonly string Fake = typeof(FakePlatform).FullName!;

    private static FakePlugins Active(string name = "fake", string assembly = "Fake") =>
        new FakePlugins().Platform(name, _ => Fake, assembly, typeof(FakePlatform));

    [Fact]
    public void Nothing_active_is_the_unspecified_platform_and_the_error_names_who_failed()
    {
        var load = new PluginWorld(new FakePlugins()
            .Platform("broken", _ => throw new InvalidOperationException("driver too old"))
            .Platform("shy", c => c.Decline("no card"))) { BuiltIns = [] }.Load();

        var platform = Assert.IsType<UnspecifiedPlatform>(load.ActivePlatform); // T18, R30, G1
        Assert.Equal(("", "unspecified"), (platform.DeviceType, load.Platform.Selected));
        const string expected = "No platform detected: failed to infer the device type; candidates: " +
            "broken (Fake:Register_broken) failed: InvalidOperationException: driver too old; " +
            "shy (Fake:Register_shy) declined: no card";
        Assert.Equal(expected, load.Fatal);
        Assert.Equal(expected, Assert.Throws<PlatformException>(() => platform.OpenCard(0)).Message);
    }

    [Fact]
    public void Plugin_wins_over_every_active_built_in()
    {
        var world = new PluginWorld(
            Active()) { BuiltIns = [BuiltInPlatform.Cpu, BuiltInPlatform.Cpu with { Name = "xpu" }] };
        var load = world.Load();

        Assert.IsType<FakePlatform>(load.ActivePlatform); // T19, R27
        // R23: all are considered
        Assert.Equal(["active", "active", "selected"], load.Platform.Candidates.Select(c => c.Outcome));
        Assert.Equal("selected", load.Plugins[0].Outcome);
        Assert.Contains(world.Log, l => l is { Level: PluginLogLevel.Info, Text: "Platform plugin fake is activated" });
    }

    [Fact]
    public void Two_active_plugins_are_an_error_that_names_both()
    {
        var load = new PluginWorld(Active("one").Platform("two", _ => Fake, "Other", typeof(FakePlatform))).Load();

        Assert.Equal(
            "Only one platform plugin can be activated, but got: " +
            "[one (Fake:Register_one), two (Other:Register_two)]; " +
            "name one with gaudi.plugins.platform, or leave the others out of VLLM_PLUGINS", load.Fatal); // T20, R26
        Assert.IsType<UnspecifiedPlatform>(load.ActivePlatform);
    }

    [Fact]
    public void Two_active_built_ins_are_an_error_unless_one_is_named()
    {
        var builtIns = new[] { BuiltInPlatform.Cpu, BuiltInPlatform.Cpu with { Name = "cuda" } };

        var tie = new PluginWorld(new FakePlugins()) { BuiltIns = [.. builtIns] }.Load();
        var named = new PluginWorld(new FakePlugins()) { BuiltIns = [.. builtIns], RequestedPlatform = "cpu" }.Load();

        // T21, R28
        Assert.StartsWith("Only one platform plugin can be activated, but got: [cpu (built-in), cuda (built-in)]",
            tie.Fatal, StringComparison.Ordinal);
        Assert.Null(named.Fatal);
        Assert.Equal(["selected", "active"], named.Platform.Candidates.Select(c => c.Outcome));
    }

    [Fact]
    public void Plugin_that_declines_leaves_the_built_in_with_its_reason_kept()
    {
        var world = new PluginWorld(new FakePlugins().Platform("hpu", c => c.Decline("no card"))
            .Platform("mute", _ => null));
        var load = world.Load();

        Assert.IsType<CpuPlatform>(load.ActivePlatform); // T22, R24, R29
        Assert.Equal(
            [("cpu", "selected"), ("hpu", "declined"), ("mute", "declined")],
                load.Platform.Candidates.Select(c => (c.Name, c.Outcome)));
        Assert.Equal(["no card", "it says it is not for this machine"], load.Plugins.Select(p => p.Reason));
        Assert.Contains(world.Log, l => l.Text == "Automatically detected platform cpu.");
        Assert.Empty(world.Warnings);
    }

    [Fact]
    public void Plugin_that_throws_is_warned_of_and_the_built_in_takes_over()
    {
        var world = new PluginWorld(new FakePlugins().Platform("hpu", _ => throw new DllNotFoundException("libX")));
        var load = world.Load();

        Assert.IsType<CpuPlatform>(load.ActivePlatform); // T23, R25, G1
        var line = Assert.Single(world.Log, l => l.Level == PluginLogLevel.Warning);
        Assert.Equal("Plugin hpu (Fake:Register_hpu) failed: DllNotFoundException: libX", line.Text);
        Assert.IsType<DllNotFoundException>(line.Error);
    }

    [Fact]
    public void Plugin_that_throws_refuses_the_start_in_mode_stop()
    {
        var load = new PluginWorld(new FakePlugins().Platform("hpu", _ => throw new DllNotFoundException("libX")))
        {
            OnFailure = PluginFailurePolicy.Stop,
        }.Load();

        Assert.Equal("platform plugin hpu (Fake:Register_hpu) failed: DllNotFoundException: libX; " +
            "remove it, or set gaudi.plugins.on-failure = report", load.Fatal); // T23 strict, G1
    }

    [Fact]
    public void Plugin_that_throws_is_only_a_debug_line_in_mode_upstream()
    {
        var world = new PluginWorld(new FakePlugins().Platform("hpu", _ => throw new DllNotFoundException("libX")))
        {
            OnFailure = PluginFailurePolicy.Upstream,
        };

        Assert.Null(world.Load().Fatal);
        Assert.Empty(world.Warnings); // R25
        Assert.Contains(world.Log, l =>
            l.Level == PluginLogLevel.Debug && l.Text.Contains("libX", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(PluginFailurePolicy.Upstream, 2)]
    [InlineData(PluginFailurePolicy.Report, 1)]
    [InlineData(PluginFailurePolicy.Stop, 1)]
    public void Winner_is_called_twice_in_mode_upstream_and_once_otherwise(PluginFailurePolicy policy, int expected)
    {
        var calls = 0;
        var load = new PluginWorld(new FakePlugins().Platform("fake", _ =>
        {
            calls++;
            return Fake;
        }, type: typeof(FakePlatform))) { OnFailure = policy }.Load();

        Assert.Equal(expected, calls); // T24, R31
        Assert.Equal("selected", load.Plugins[0].Outcome);
    }

    [Fact]
    public void Winner_that_declines_when_called_again_stops_the_start_in_mode_upstream()
    {
        var calls = 0;
        var load = new PluginWorld(new FakePlugins()
            .Platform("fake", c => calls++ == 0 ? Fake : c.Decline("moody"), type: typeof(FakePlatform)))
        {
            OnFailure = PluginFailurePolicy.Upstream,
        }.Load();

        Assert.Equal("platform fake changed its mind when called again: moody", load.Fatal); // R31
    }

    [Fact]
    public void Name_shared_by_a_declining_plugin_and_a_built_in_does_not_confuse_them()
    {
        var load = new PluginWorld(new FakePlugins().Platform("cpu", _ => null)).Load();

        Assert.IsType<CpuPlatform>(load.ActivePlatform); // T25: R32 fixed, keyed by origin and name
        Assert.Equal(
            [("cpu", "built-in", "selected"), ("cpu", "Fake:Register_cpu", "declined")],
            load.Platform.Candidates.Select(c => (c.Name, c.Origin, c.Outcome)));
    }

    [Fact]
    public void Platform_is_not_resolved_by_discovery()
    {
        var calls = 0;
        var host = new PluginWorld(new FakePlugins().Platform("fake", _ =>
        {
            calls++;
            return null;
        })).Host();

        host.Discover();
        host.List();
        Assert.Equal(0, calls); // T26, R33
        host.Load();
        Assert.Equal(1, calls);
    }

    [Fact]
    public void Failed_resolution_is_tried_again_in_mode_upstream_only()
    {
        foreach (var policy in new[] { PluginFailurePolicy.Upstream, PluginFailurePolicy.Report })
        {
            var isReady = false;
            var host = new PluginWorld(new FakePlugins()
                .Platform("fake", _ => isReady ? Fake : null, type: typeof(FakePlatform)))
            {
                OnFailure = policy, BuiltIns = [],
            }.Host();

            Assert.NotNull(host.Load().Fatal);
            isReady = true;
            // T27, R34. Elsewhere a worker has one load: its restart tries again.
            Assert.Equal(policy == PluginFailurePolicy.Upstream, host.Load().Fatal is null);
        }
    }

    [Theory]
    [InlineData("No.Such.Class", "it returned the class No.Such.Class, which does not exist")]
    [InlineData("System.String",
        "it returned System.String, which is no class derived from Gaudi.Hpu.Platforms.Platform")]
    public void Class_that_is_no_platform_is_a_failure_that_says_so(string className, string reason)
    {
        var load = new PluginWorld(new FakePlugins().Platform("fake", _ => className, type: typeof(string))).Load();

        Assert.Equal(("failed", reason), (load.Plugins[0].Outcome, load.Plugins[0].Reason)); // T28, R36
        Assert.IsType<CpuPlatform>(load.ActivePlatform);
    }

    [Fact]
    public void Loser_leaves_no_trace_and_the_winner_writes_before_it_is_built()
    {
        var world = new PluginWorld(new FakePlugins()
            .Platform("broken", c =>
            {
                c.SetEnvironment("LOSER", "1", "test");
                throw new InvalidOperationException("late");
            })
            .Platform("shy", c =>
            {
                c.SetEnvironment("LOSER", "2", "test");
                return c.Decline("no");
            })
            .Platform("fake", c =>
            {
                c.SetEnvironment("WINNER", "3", "test");
                return Fake;
            }, type: typeof(FakePlatform)));

        var load = world.Load();

        Assert.Equal([("WINNER", "3")], world.EnvironmentWrites); // T29, R31
        Assert.Equal("3", Assert.IsType<FakePlatform>(load.ActivePlatform).Setup.ReadEnvironment("WINNER"));
        Assert.Equal(("WINNER", "unset", "3", "test"), Line(load.Platform.Changes[0]));
    }

    [Fact]
    public void Active_platform_that_is_not_chosen_writes_nothing()
    {
        var world = new PluginWorld(new FakePlugins()
            .Platform("one", c => Writes(c, "one"), type: typeof(FakePlatform))
            .Platform("two", c => Writes(c, "two"), type: typeof(FakePlatform))) { RequestedPlatform = "two" };

        var load = world.Load();

        Assert.Equal([("CHOSEN", "two")], world.EnvironmentWrites);
        Assert.Equal([("skipped", "active, but not chosen"), ("selected", "")],
            load.Plugins.Select(p => (p.Outcome, p.Reason)));

        static string Writes(PluginContext context, string value)
        {
            context.SetEnvironment("CHOSEN", value, "test");
            return Fake;
        }
    }

    [Fact]
    public void Value_the_user_set_is_kept_and_logged()
    {
        var world = new PluginWorld(new FakePlugins().Platform("fake", c =>
        {
            c.SetEnvironment("MINE", "theirs", "they like it");
            c.SetEnvironment("SAME", "1", "they like it");
            return Fake;
        }, type: typeof(FakePlatform)));
        world.Environment["MINE"] = "mine";
        world.Environment["SAME"] = "1";

        var load = world.Load();

        Assert.Empty(world.EnvironmentWrites);
        Assert.DoesNotContain(load.Platform.Changes, c => c.Setting is "MINE" or "SAME");
        Assert.Single(world.Log, l =>
            l.Text == "MINE=mine is kept as the user set it; fake would set theirs: they like it");
        Assert.DoesNotContain(world.Log, l => l.Text.StartsWith("SAME", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(PluginFailurePolicy.Report)]
    [InlineData(PluginFailurePolicy.Upstream)]
    public void Platform_the_user_named_stops_the_start_when_it_fails(PluginFailurePolicy policy)
    {
        var load = new PluginWorld(new FakePlugins().Platform("hpu", _ => throw new DllNotFoundException("libX")))
        {
            OnFailure = policy, RequestedPlatform = "hpu",
        }.Load();

        Assert.Equal(
            "platform hpu was asked for and cannot run; candidates: cpu (built-in) active: runs on every machine; " +
            "hpu (Fake:Register_hpu) failed: DllNotFoundException: libX", load.Fatal);
    }

    [Fact]
    public void Platform_the_user_named_that_is_filtered_or_unknown_stops_the_start()
    {
        var world = new PluginWorld(Active("hpu")) { RequestedPlatform = "hpu" };
        world.Environment[AllowList.Variable] = "";

        Assert.Contains("hpu (Fake:Register_hpu) filtered: VLLM_PLUGINS does not name it", world.Load().Fatal,
            StringComparison.Ordinal);
        Assert.Contains("platform tpu was asked for",
            new PluginWorld(Active()) { RequestedPlatform = "tpu" }.Load().Fatal, StringComparison.Ordinal);
    }

    [Fact]
    public void Platform_that_cannot_be_built_stops_the_start()
    {
        var load = new PluginWorld(new FakePlugins()
            .Platform("bad", _ => typeof(UnbuildablePlatform).FullName, type: typeof(UnbuildablePlatform))).Load();

        Assert.Equal("platform bad (Fake:Register_bad) was chosen and could not be built: PlatformException: no luck",
            load.Fatal);
        Assert.Equal("failed", load.Plugins[0].Outcome);
    }

    [Fact]
    public void General_plugins_are_called_after_the_platform_is_in_force()
    {
        var order = new List<string>();
        new PluginWorld(new FakePlugins()
            .General("general", _ => order.Add("general"))
            .Platform("fake", _ =>
            {
                order.Add("platform");
                return Fake;
            }, type: typeof(FakePlatform))).Load();

        Assert.Equal(["platform", "general"], order); // R37
    }

    [Fact]
    public void General_plugins_are_not_called_where_the_platform_choice_failed()
    {
        var load = new PluginWorld(Active("one").Platform("two", _ => Fake, type: typeof(FakePlatform))
            .General("general", _ => throw new InvalidOperationException("ran"))).Load();

        Assert.Equal(("skipped", load.Fatal), (load.Plugins[2].Outcome, load.Plugins[2].Reason));
    }

    private static (string, string, string, string) Line(PlatformChange change) =>
        (change.Setting, change.From, change.To, change.Why);
}
