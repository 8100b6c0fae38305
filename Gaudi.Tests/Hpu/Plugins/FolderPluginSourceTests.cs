using Gaudi.Hpu.Plugins;
using Xunit;

namespace Gaudi.Tests.Hpu.Plugins;

/// <summary>The order of discovery: program folder, its plugins folder, then the roots of GAUDI_PLUGIN_PATH.</summary>
public sealed class FolderPluginSourceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gaudi-folders-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Discovery_goes_through_its_places_in_order_and_ordinal_within_each()
    {
        // The samples are told apart by their entry points, whatever the files are called.
        Place("SampleNorm", "program/Gaudi.b.dll");
        Place("SamplePlatform", "program/Gaudi.a.dll");
        Place("SampleThrowing", "program/Other.dll");
        Place("SampleThrowing", "program/plugins/x/x.dll");
        Place("SampleNorm", "program/plugins/X/X.dll");
        Place("SampleNorm", "program/plugins/y/z.dll");
        Place("SamplePlatform", "second/p/p.dll");
        Place("SampleThrowing", "first/q/q.dll");

        var found = new FolderPluginSource(At("program"), $"{At("second")}::{At("first")}").Discover(_ => { });

        Assert.Equal(
            ["program/Gaudi.a.dll", "program/Gaudi.b.dll", "program/plugins/X/X.dll", "program/plugins/x/x.dll",
                "second/p/p.dll", "first/q/q.dll"],
            found.Select(p => Path.GetRelativePath(_folder.FullName, p.Path)));
        Assert.Equal(
            ["sample", "sample_norm", "sample_norm", "sample_throws", "sample", "sample_throws"],
                found.Select(p => p.Name));
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("missing")]
    public void Root_without_a_plugin_is_warned_of(string root)
    {
        Directory.CreateDirectory(At("empty"));
        var lines = new List<PluginLogLine>();

        Assert.Empty(new FolderPluginSource(At("nowhere"), At(root)).Discover(lines.Add));
        Assert.Equal(
            (PluginLogLevel.Warning,
                $"GAUDI_PLUGIN_PATH names {At(root)}, which holds no plugin; expected {At(root)}/ID/ID.dll"),
            (Assert.Single(lines).Level, lines[0].Text));
    }

    [Fact]
    public void Root_named_twice_is_searched_once()
    {
        Place("SampleNorm", "root/n/n.dll");

        Assert.Single(new FolderPluginSource(At("nowhere"), $"{At("root")}:{At("root")}").Discover(_ => { }));
    }

    [Fact]
    public void Program_folder_of_the_tests_has_exactly_the_two_built_in_plugins() => Assert.Equal(
        ["Platform Plugin - name: hpu, value: Gaudi.Hpu:Register",
            "General Plugin - name: hpu_custom_ops, value: Gaudi.Hpu:RegisterOps"],
        new FolderPluginSource(AppContext.BaseDirectory, null).Discover(_ => { })
            .Where(p => p.Group != "test.group")
            .Select(p => (Kind: p.Group == EntryPointGroups.Platform ? "Platform" : "General", p.Name, p.Value))
            .Select(p => $"{p.Kind} Plugin - name: {p.Name}, value: {p.Value}"));

    private string At(string path) => Path.Combine(_folder.FullName, path);

    private void Place(string sample, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.Copy(Path.Combine(EntryPointReaderTests.Root(sample), sample, sample + ".dll"), At(path));
    }
}
