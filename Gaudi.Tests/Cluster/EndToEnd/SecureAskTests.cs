using Gaudi.Cluster.Security;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>`gaudi cert`, and a server whose node and workers speak TLS.</summary>
[Collection(ProcessTests.Name)]
public sealed class SecureAskTests : IDisposable
{
    private readonly string _folder = Path.Combine(Directory.CreateTempSubdirectory("gaudi-cert-").FullName, "here");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    [Fact]
    public async Task Server_with_the_certificates_that_were_made_answers()
    {
        var made = await GaudiProgram.RunAsync("cert", _folder);
        Assert.Equal(0, made.ExitCode);
        Assert.Contains(ClusterCertificates.Read(_folder).Pins.Single(), made.Output, StringComparison.Ordinal);
        var asked = await GaudiProgram.RunAsync("ask", "What is 17 + 25?", "--set", $"{RemotingTls.Setting}=\"{_folder}\"");
        Assert.Equal("", asked.ExitCode == 0 ? "" : asked.Error);
        Assert.Matches(@"^[^\n]*\b42\n$", asked.Output);
    }

    [Fact]
    public async Task Folder_without_certificates_ends_the_start_with_the_way_to_make_them()
    {
        var asked = await GaudiProgram.RunAsync("ask", "Hello", "--set", $"{RemotingTls.Setting}=\"{_folder}\"");
        Assert.Equal(1, asked.ExitCode);
        Assert.Contains($"make one with `gaudi cert {_folder}`", asked.Error, StringComparison.Ordinal);
    }
}
