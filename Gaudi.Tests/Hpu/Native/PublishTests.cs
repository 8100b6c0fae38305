using System.Diagnostics;
using Gaudi.Tests.Cluster;
using Xunit;

namespace Gaudi.Tests.Hpu.Native;

/// <summary>`dotnet publish` of the program gives a folder that works: torch loads from it on Debian 12 too.</summary>
[Collection(ProcessTests.Name)]
public sealed class PublishTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    // On the disk of the build, so that the large library is linked and not copied.
    private readonly string _folder = Path.Combine(AppContext.BaseDirectory, "published");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Published_program_answers_a_question_with_the_torch_beside_it()
    {
        await PublishAsync();
        var library = Path.Combine(_folder, "libLibTorchSharp.so");
        // What was built was tested there; marking it once more must find nothing to do.
        Assert.Equal(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so")), File.ReadAllBytes(library));
        Assert.True(File.Exists(Path.Combine(_folder, "libtorch_cpu.so")), "the published folder has no libtorch_cpu.so");
        Assert.False(File.Exists(Path.Combine(_folder, "libtorch_python.so")), "the published folder has the Python bridge");

        // A worker of the published program computes: torch is loaded for that, from the program's own folder.
        var run = await GaudiProgram.RunOtherAsync(
            Path.Combine(_folder, "gaudi"), "ask", "What is 17 + 25?", "-tp", "1");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Matches(@"\b42\n$", run.Output);
        Assert.Contains($"from {_folder}/Models/gaudi-demo", run.Error, StringComparison.Ordinal);
    }

    // Of what is built: nothing is compiled, and nothing is restored, so no network is asked.
    private async Task PublishAsync()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                "publish", Path.Combine(Layering.SourceTree.Root, "Gaudi.Cluster"), "--configuration", "Release", "--no-build",
                "--no-restore", "--output", _folder, "--verbosity", "quiet",
            },
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var error = process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        Assert.True(process.ExitCode == 0, await output + await error);
    }
}
