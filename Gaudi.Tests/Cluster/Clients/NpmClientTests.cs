using System.ComponentModel;
using Gaudi.Tests.Cluster.EndToEnd;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Cluster.Clients;

/// <summary>OpenAI's client for JavaScript, unchanged, against a real server: npm/check.mjs.</summary>
[Collection(ClientTests.Name)]
public sealed class NpmClientTests(ClientServer shared, ITestOutputHelper output)
{
    // What npm says when the registry cannot be reached. Whatever else goes wrong with the installation is a mistake of ours.
    private static readonly string[] Unreachable =
        ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH", "ERR_SOCKET_TIMEOUT"];

    private static string Source { get; } = Path.Combine(Layering.SourceTree.Root, "Gaudi.Tests", "Cluster", "Clients", "npm");

    [Fact]
    public async Task Every_call_of_the_npm_client_is_right()
    {
        var folder = Directory.CreateTempSubdirectory("gaudi-npm-");
        try
        {
            foreach (var name in new[] { "package.json", "package-lock.json", "check.mjs" })
                File.Copy(Path.Combine(Source, name), Path.Combine(folder.FullName, name));
            if (!await InstallsAsync(folder.FullName))
                return;
            var before = await shared.ExchangeCountAsync();
            var url = shared.Server.Client.BaseAddress!.GetLeftPart(UriPartial.Authority);
            var (code, said, error) = await ClientProcess.RunAsync("node", ["check.mjs", url, ClientServer.Key], folder.FullName);
            output.WriteLine(said);
            Assert.True(code == 0, said + error);
            Assert.EndsWith("calls are right", said.TrimEnd(), StringComparison.Ordinal);
            Assert.InRange(await shared.ExchangeCountAsync() - before, 25, 100);
            await CompanyTruth.AssertBecomesIdleAsync(shared.Server);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Lock_file_pins_what_it_names_and_names_no_other_host()
    {
        var text = File.ReadAllText(Path.Combine(Source, "package-lock.json"));
        Assert.Contains("\"integrity\": \"sha512-", text, StringComparison.Ordinal);
        var hosts = text.Split("://")[1..].Select(rest => rest.Split('/')[0]);
        Assert.All(hosts, host => Assert.Equal("registry.npmjs.org", host));
    }

    private static async Task<bool> InstallsAsync(string folder)
    {
        try
        {
            var (code, said, error) = await ClientProcess.RunAsync("npm", ["ci", "--no-audit", "--no-fund"], folder);
            if (code == 0)
                return true;
            Assert.True(Unreachable.Any(error.Contains), said + error);
            SkippedParts.Say("OpenAI's npm client: npm could not reach its registry");
        }
        catch (Win32Exception)
        {
            SkippedParts.Say("OpenAI's npm client: npm is missing (Debian packages nodejs and npm)");
        }
        return false;
    }
}
