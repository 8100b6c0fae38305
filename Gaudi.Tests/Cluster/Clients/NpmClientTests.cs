using System.ComponentModel;
using System.Diagnostics;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Cluster.Clients;

/// <summary>OpenAI's client for JavaScript, unchanged, against a real server: npm/check.mjs.</summary>
[Collection(ProcessTests.Name)]
public sealed class NpmClientTests(ClientServer shared, ITestOutputHelper output) : IClassFixture<ClientServer>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Every_call_of_the_npm_client_is_right()
    {
        var folder = Directory.CreateTempSubdirectory("gaudi-npm-");
        try
        {
            var source = Path.Combine(Layering.SourceTree.Root, "Gaudi.Tests", "Cluster", "Clients", "npm");
            foreach (var name in new[] { "package.json", "package-lock.json", "check.mjs" })
                File.Copy(Path.Combine(source, name), Path.Combine(folder.FullName, name));
            if (await RunAsync(folder, "npm", "ci", "--no-audit", "--no-fund") is not (0, _))
            {
                SkippedParts.Say("OpenAI's npm client: npm is missing, or could not fetch it (Debian packages nodejs and npm)");
                return;
            }
            var before = await shared.ExchangeCountAsync();
            var url = shared.Server.Client.BaseAddress!.GetLeftPart(UriPartial.Authority);
            var (code, said) = await RunAsync(folder, "node", "check.mjs", url) ?? (1, "node is missing");
            output.WriteLine(said);
            Assert.True(code == 0, said);
            Assert.EndsWith("calls are right", said.TrimEnd(), StringComparison.Ordinal);
            Assert.InRange(await shared.ExchangeCountAsync() - before, 25, 100);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // The exit code, and what it said; null for a program that is not there.
    private static async Task<(int Code, string Said)?> RunAsync(DirectoryInfo folder, string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder.FullName, RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
            var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync())
                .WaitAsync(Patience);
            await process.WaitForExitAsync().WaitAsync(Patience);
            return (process.ExitCode, string.Concat(said));
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
