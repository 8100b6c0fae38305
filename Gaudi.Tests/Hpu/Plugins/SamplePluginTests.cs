using System.Runtime.Loader;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Platforms;
using Gaudi.Hpu.Plugins;
using TorchSharp;
using Xunit;

namespace Gaudi.Tests.Hpu.Plugins;

/// <summary>Third-party plugins, loaded from their own folders as a worker loads them.</summary>
public sealed class SamplePluginTests
{
    private static PluginWorld World(params string[] samples)
    {
        var world = new PluginWorld { Simulate = new SimulatedCardSettings(CardGeneration.Gaudi3, 2, 1L << 30),
            InTreeOps = null };
        world.Environment[FolderPluginSource.Variable] = string.Join(':', samples.Select(EntryPointReaderTests.Root));
        return world;
    }

    [Fact]
    public void Plugin_that_declares_it_replaces_the_norm_shows_in_the_report_and_runs()
    {
        var host = World("SampleNorm").Host();
        var load = host.Load();
        var table = host.Registry.Seal();

        var norm = table.Create<RmsNorm>(new RmsNormSpec("norm", torch.float32, torch.CPU, 4, 1e-6f));
        using var x = torch.ones(2, 4);
        norm.Load(0, x[0]);
        using var y = norm.Forward(x, null).Y;

        Assert.Equal("registered", Assert.Single(load.Plugins, p => p.Name == "sample_norm").Outcome);
        Assert.Equal("SampleNorm.SampleRmsNorm", norm.GetType().FullName);
        var row = Assert.Single(table.Report().Ops, o => o.Name == "RMSNorm");
        Assert.Equal(("sample_layernorm", "sample_norm", "0.1.0", true, 1L),
            (row.Module, row.Provider, row.Version, row.Enabled, row.Calls));
        Assert.Equal("hpu_custom_ops > in-tree", row.Replaces);
        Assert.Equal("hpu_custom_ops", Assert.Single(table.Report().Ops, o => o.Name == "GemmaRMSNorm").Provider);
        Assert.True(torch.allclose(y, x));
        norm.Dispose();
    }

    [Fact]
    public void Plugin_that_throws_is_reported_and_changes_nothing()
    {
        var with = World("SampleThrowing").Host();
        var without = World().Host();

        var row = Assert.Single(with.Load().Plugins, p => p.Name == "sample_throws");
        without.Load();

        Assert.Equal(("failed", "InvalidOperationException: the sample's kernel library is missing"),
            (row.Outcome, row.Reason));
        Assert.Null(with.Load().Fatal);
        Assert.Equal(without.Registry.Seal().Digest, with.Registry.Seal().Digest);
        Assert.Equal(without.Registry.Seal().Report().Ops.ToArray(), with.Registry.Seal().Report().Ops.ToArray());
    }

    [Fact]
    public void Second_platform_is_an_error_that_names_both_until_one_is_named()
    {
        Assert.StartsWith(
            "Only one platform plugin can be activated, but got: " +
            "[hpu (Gaudi.Hpu:Register), sample (SamplePlatform:Register)]",
            World("SamplePlatform").Load().Fatal, StringComparison.Ordinal); // R26

        var named = World("SamplePlatform");
        named = new PluginWorld { Simulate = named.Simulate, InTreeOps = null, RequestedPlatform = "sample" };
        named.Environment[FolderPluginSource.Variable] = EntryPointReaderTests.Root("SamplePlatform");
        var load = named.Load();

        Assert.Equal(("sample", "SamplePlatform.SampleHardware"), (load.Platform.Selected, load.Platform.ClassName));
        Assert.Equal([("SAMPLE_PLATFORM_ACTIVE", "1")], named.EnvironmentWrites);
        using var card = load.ActivePlatform.OpenCard(1);
        Assert.Equal("Sample card", card.Facts.Name);
    }

    [Fact]
    public void Second_platform_that_declines_leaves_hpu()
    {
        var world = World("SamplePlatform");
        world.Environment["SAMPLE_PLATFORM"] = "off";

        var load = world.Load();

        Assert.Equal("hpu", load.Platform.Selected);
        Assert.Contains(load.Platform.Candidates, c =>
            c is { Name: "sample", Outcome: "declined", Reason: "SAMPLE_PLATFORM=off" });
    }

    [Fact]
    public void Second_platform_runs_alone_where_hpu_has_no_card()
    {
        var world = new PluginWorld { InTreeOps = null };
        world.Environment[FolderPluginSource.Variable] = EntryPointReaderTests.Root("SamplePlatform");

        Assert.Equal("sample", world.Load().Platform.Selected); // R27
    }

    [Fact]
    public void Plugin_has_its_own_load_context_and_shares_the_contract_and_torch()
    {
        var platform = Loaded();
        var assembly = platform.GetType().Assembly;

        Assert.IsAssignableFrom<Platform>(platform);
        Assert.NotSame(AssemblyLoadContext.Default, AssemblyLoadContext.GetLoadContext(assembly));
        Assert.False(AssemblyLoadContext.GetLoadContext(assembly)!.IsCollectible);
        Assert.Single(AssemblyLoadContext.All.SelectMany(c => c.Assemblies), a => a.GetName().Name == "Gaudi.Hpu");
        Assert.Single(AssemblyLoadContext.All.SelectMany(c => c.Assemblies), a => a.GetName().Name == "TorchSharp");
    }

    [Fact]
    public void Hosts_of_one_process_share_the_loaded_assembly() =>
        Assert.Same(Loaded().GetType(), Loaded().GetType());

    [Fact]
    public void Same_assembly_in_two_folders_is_two_assemblies_that_do_not_see_each_other()
    {
        var folder = Directory.CreateTempSubdirectory("gaudi-isolated-");
        var copy = Path.Combine(folder.FullName, "SamplePlatform", "SamplePlatform.dll");
        Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
        File.Copy(Path.Combine(EntryPointReaderTests.Root("SamplePlatform"), "SamplePlatform", "SamplePlatform.dll"),
            copy);
        var world = new PluginWorld { InTreeOps = null };
        world.Environment[FolderPluginSource.Variable] = folder.FullName;

        var other = world.Load().ActivePlatform;

        Assert.Equal(Loaded().GetType().FullName, other.GetType().FullName);
        Assert.NotSame(Loaded().GetType(), other.GetType());
        // The file stays mapped as long as the process lives: removing its name is enough.
        folder.Delete(recursive: true);
    }

    [Fact]
    public void Registry_with_a_replacement_has_another_digest_and_the_difference_says_what()
    {
        var plain = World().Host();
        var replaced = World("SampleNorm").Host();
        plain.Load();
        replaced.Load();

        var difference = OpDigest.Difference(plain.Registry.Seal().DigestLines, replaced.Registry.Seal().DigestLines);

        Assert.NotEqual(plain.Registry.Seal().Digest, replaced.Registry.Seal().Digest); // T44, G5
        Assert.Contains("+ op RMSNorm = SampleNorm.SampleRmsNorm of sample_norm 0.1.0 enabled", difference);
        Assert.Contains("+ plugin vllm.general_plugins sample_norm SampleNorm:RegisterOps 0.1.0", difference);
        Assert.Equal(3, difference.Length);
    }

    private static Platform Loaded()
    {
        var world = new PluginWorld { InTreeOps = null };
        world.Environment[FolderPluginSource.Variable] = EntryPointReaderTests.Root("SamplePlatform");
        return world.Load().ActivePlatform;
    }
}
