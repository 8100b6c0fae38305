using System.Diagnostics;
using Gaudi.Tests.Layering;
using Xunit;

namespace Gaudi.Tests.Cluster.InProcess;

/// <summary>A console program made of nothing but the README's two blocks, built outside this repository and run.</summary>
[Collection(ProcessTests.Name)]
public sealed class HostProgramTests : IDisposable
{
    private static readonly TimeSpan BuildPatience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RunPatience = TimeSpan.FromMinutes(2);

    // As the tests themselves are built: .../CONFIGURATION/net10.0/linux-x64.
    private static readonly string[] Output = AppContext.BaseDirectory.TrimEnd('/').Split('/')[^3..];

    private readonly string _folder = Directory.CreateTempSubdirectory("gaudi-host-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Program_of_the_readme_builds_and_answers()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "host.csproj"),
            Block("xml").Replace("../gaudi/", SourceTree.Root.TrimEnd('/') + "/", StringComparison.Ordinal));
        await File.WriteAllTextAsync(Path.Combine(_folder, "Program.cs"), Block("csharp"));
        // What the program refers to was built with these tests, and its packages are theirs: nothing is fetched. No build server is
        // left behind.
        await RunAsync(
            BuildPatience, "dotnet", "build", "-c", Output[0], "-v", "quiet", "-p:BuildProjectReferences=false", "-p:UseSharedCompilation=false",
            "-nodeReuse:false", "-p:ManagePackageVersionsCentrally=true", "-p:CentralPackageTransitivePinningEnabled=true",
            $"-p:DirectoryPackagesPropsPath={Path.Combine(SourceTree.Root, "Directory.Packages.props")}");
        var lines = (await RunAsync(RunPatience, Path.Combine([_folder, "bin", .. Output, "host"]))).TrimEnd('\n').Split('\n');
        Assert.EndsWith("42", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("256", lines[^1], StringComparison.Ordinal);
    }

    private static string Block(string language) => string.Join('\n', File.ReadLines(Path.Combine(SourceTree.Root, "README.md"))
        .SkipWhile(line => line != "## In a .NET program").SkipWhile(line => line != $"```{language}").Skip(1).TakeWhile(line => line != "```"));

    private async Task<string> RunAsync(TimeSpan limit, string program, params string[] arguments)
    {
        var start = GaudiProgram.Start(new Dictionary<string, string>(), arguments);
        (start.FileName, start.WorkingDirectory) = (program, _folder);
        // The build that started these tests says here where its own tools lie.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var error = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await output}{await error}");
            return await output;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
