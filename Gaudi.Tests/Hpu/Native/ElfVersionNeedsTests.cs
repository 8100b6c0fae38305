using System.Text;
using System.Text.Json;
using Gaudi.Hpu.Native;
using TorchSharp;
using Xunit;

namespace Gaudi.Tests.Hpu.Native;

/// <summary>TorchSharp's native library loads on Debian 12, and the package it came from is as it was shipped.</summary>
public sealed class ElfVersionNeedsTests
{
    private const string Library = "libLibTorchSharp.so";
    private const string Version = "GLIBCXX_3.4.32";
    private static readonly string Copy = Path.Combine(AppContext.BaseDirectory, Library);

    [Fact]
    public void Torch_loads_from_the_output_folder()
    {
        using var three = torch.ones(3).sum();
        Assert.Equal(3f, three.item<float>());
        var loaded = File.ReadLines("/proc/self/maps").Where(line => line.EndsWith("/" + Library, StringComparison.Ordinal))
            .Select(line => line[line.IndexOf('/')..]).Distinct();
        Assert.Equal([Copy], loaded);
    }

    [Fact]
    public void The_copy_is_marked_exactly_where_the_host_is_older()
    {
        var shipped = File.ReadAllBytes(ShippedPath());
        var copy = File.ReadAllBytes(Copy);
        if (ElfVersionNeeds.HostDefines(Version))
            Assert.Equal(shipped, copy);
        else
        {
            Assert.Equal(1, ElfVersionNeeds.MarkWeak(shipped, Version));
            Assert.Equal(shipped, copy);
        }
    }

    [Fact]
    public void The_packages_own_file_is_not_marked()
    {
        var shipped = File.ReadAllBytes(ShippedPath());
        var marked = (byte[])shipped.Clone();
        Assert.Equal(1, ElfVersionNeeds.MarkWeak(marked, Version));
        Assert.NotEqual(shipped, marked);
    }

    [Fact]
    public void Marking_changes_one_flag_and_again_changes_nothing()
    {
        var shipped = File.ReadAllBytes(ShippedPath());
        var once = (byte[])shipped.Clone();
        ElfVersionNeeds.MarkWeak(once, Version);
        var changed = Enumerable.Range(0, shipped.Length).Where(i => shipped[i] != once[i]).ToArray();
        Assert.Single(changed);
        Assert.Equal(shipped[changed[0]] | 0x2, once[changed[0]]);

        var twice = (byte[])once.Clone();
        Assert.Equal(1, ElfVersionNeeds.MarkWeak(twice, Version));
        Assert.Equal(once, twice);
    }

    [Fact]
    public void A_version_that_is_not_needed_marks_nothing()
    {
        var image = File.ReadAllBytes(ShippedPath());
        Assert.Equal(0, ElfVersionNeeds.MarkWeak(image, "GLIBCXX_9.9.9"));
        Assert.Equal(File.ReadAllBytes(ShippedPath()), image);
    }

    [Fact]
    public void What_is_no_library_is_refused() => Assert.Throws<InvalidDataException>(
        () => ElfVersionNeeds.MarkWeak(Encoding.ASCII.GetBytes(new string('x', 128)), Version));

    /// <summary>The file in the package cache that the build copied, found through what restore wrote.</summary>
    private static string ShippedPath()
    {
        var written = Path.Combine(Layering.SourceTree.Root, "Gaudi.Tests", "obj", "project.assets.json");
        using var restored = JsonDocument.Parse(File.ReadAllText(written));
        var package = restored.RootElement.GetProperty("libraries").EnumerateObject()
            .Single(one => one.Name.StartsWith("TorchSharp/", StringComparison.Ordinal)).Value.GetProperty("path").GetString()!;
        return restored.RootElement.GetProperty("packageFolders").EnumerateObject()
            .Select(folder => Path.Combine(folder.Name, package, "runtimes", "linux-x64", "native", Library)).First(File.Exists);
    }
}
