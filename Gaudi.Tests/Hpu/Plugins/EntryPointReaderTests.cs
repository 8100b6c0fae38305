using System.Runtime.Loader;
using Gaudi.Hpu.Plugins;
using Xunit;

[assembly: EntryPoint(
    "test.group", "declared", typeof(Gaudi.Tests.Hpu.Plugins.EntryPointReaderTests), "Nothing", After = ["a", "b"],
        Needs = ["c"])]

namespace Gaudi.Tests.Hpu.Plugins;

/// <summary>Discovery by metadata: rule R1, and "nothing of a plugin runs when it is listed".</summary>
public sealed class EntryPointReaderTests
{
    private static readonly string Output = AppContext.BaseDirectory;

    internal static string Root(string sample) => Path.Combine(Output, "plugins-sample", sample);

    [Fact]
    public void Own_assembly_declares_the_two_built_in_plugins_in_order()
    {
        var plugins = EntryPointReader.Read(Path.Combine(Output, "Gaudi.Hpu.dll"));

        Assert.Equal(
            [("vllm.platform_plugins", "hpu", "Gaudi.Hpu:Register"),
                ("vllm.general_plugins", "hpu_custom_ops", "Gaudi.Hpu:RegisterOps")],
            plugins.Select(p => (p.Group, p.Name, p.Value)));
        Assert.All(plugins, p =>
            Assert.Equal(("Gaudi.Hpu.GaudiPlugin.EntryPoints", "0.1.0", 1), (p.TypeName, p.Version, p.ApiVersion)));
    }

    [Fact]
    public void Declarations_of_another_assembly_are_read_whole()
    {
        var plugin = Assert.Single(
            EntryPointReader.Read(Path.Combine(Root("SampleNorm"), "SampleNorm", "SampleNorm.dll")));

        Assert.Equal(("sample_norm", "SampleNorm:RegisterOps", "hpu_custom_ops"),
            (plugin.Name, plugin.Value, plugin.Replaces));
        Assert.Empty(plugin.After);
    }

    [Fact]
    public void Listing_loads_no_assembly()
    {
        // A copy under a name of its own, so that no other test can have loaded it.
        var folder = Directory.CreateTempSubdirectory("gaudi-listing-");
        try
        {
            var copy = Path.Combine(folder.FullName, "Listed", "Listed.dll");
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Path.Combine(Root("SampleThrowing"), "SampleThrowing", "SampleThrowing.dll"), copy);

            var found = new FolderPluginSource("/nowhere", folder.FullName).Discover(_ => { });

            Assert.Equal("sample_throws", Assert.Single(found).Name);
            Assert.DoesNotContain(AssemblyLoadContext.All.SelectMany(c => c.Assemblies), a =>
                !a.IsDynamic && a.Location == copy);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Named_arguments_are_read_as_they_are_written()
    {
        var plugins = EntryPointReader.Read(typeof(EntryPointReaderTests).Assembly.Location);

        var plugin = Assert.Single(plugins, p => p.Name == "declared");
        Assert.Equal("test.group", plugin.Group);
        Assert.Equal(["a", "b"], plugin.After.ToArray());
        Assert.Equal(["c"], plugin.Needs.ToArray());
        Assert.Equal(typeof(EntryPointReaderTests).FullName, plugin.TypeName);
        Assert.Null(plugin.ApiVersion); // this assembly declares none
    }

    [Fact]
    public void Assembly_without_declarations_has_none() =>
        Assert.Empty(EntryPointReader.Read(Path.Combine(Output, "TorchSharp.dll")));

    [Fact]
    public void Damaged_file_is_an_error_the_source_turns_into_a_warning()
    {
        var folder = Directory.CreateTempSubdirectory("gaudi-damaged-");
        try
        {
            Directory.CreateDirectory(Path.Combine(folder.FullName, "Bad"));
            File.WriteAllText(Path.Combine(folder.FullName, "Bad", "Bad.dll"), "not an assembly");
            var lines = new List<PluginLogLine>();

            var found = new FolderPluginSource("/nowhere", folder.FullName).Discover(lines.Add);

            Assert.Empty(found);
            var line = Assert.Single(lines);
            Assert.Equal(PluginLogLevel.Warning, line.Level);
            Assert.Contains("Bad.dll cannot be read as a plugin", line.Text, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
