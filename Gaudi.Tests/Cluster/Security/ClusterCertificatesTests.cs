using Gaudi.Cluster.Security;
using Xunit;

namespace Gaudi.Tests.Cluster.Security;

public sealed class ClusterCertificatesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gaudi-cert-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Own => Path.Combine(_folder, ClusterCertificates.OwnFile);

    private string Key => Path.Combine(_folder, ClusterCertificates.KeyFile);

    private string Make() => CertificateMaker.Make(_folder, "node 7", DateTimeOffset.UnixEpoch.AddYears(56));

    [Fact]
    public void Made_certificate_is_read_with_its_key_and_pinned()
    {
        var pin = Make();
        var read = ClusterCertificates.Read(_folder);
        Assert.True(read.Own.HasPrivateKey);
        Assert.Equal("CN=node 7", read.Own.Subject);
        Assert.Equal([pin], read.Pins);
        Assert.True(read.Believe(read.Own));
        Assert.False(read.Believe(null));
        Assert.Matches("^[0-9A-F]{64}$", pin);
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void Its_owner_alone_may_read_the_key()
    {
        Make();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Key));
        File.SetUnixFileMode(Key, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Refused($"expected that its owner alone may read `{Key}`; run `chmod 600 {Key}`");
    }

    [Fact]
    public void Second_certificate_in_a_folder_is_refused_and_the_first_stays()
    {
        var pin = Make();
        var problem = Assert.Throws<CertificateException>(Make);
        Assert.Contains("has a certificate already", problem.Message, StringComparison.Ordinal);
        Assert.Equal([pin], ClusterCertificates.Read(_folder).Pins);
    }

    [Fact]
    public void Missing_file_is_named_with_the_way_to_make_it()
    {
        Refused($"expected the file `{Own}` (gaudi.security.certificates); make one with `gaudi cert {_folder}`");
        Make();
        File.Delete(Key);
        Refused($"expected the file `{Key}` (gaudi.security.certificates); make one with `gaudi cert {_folder}`");
    }

    [Fact]
    public void File_that_is_no_certificate_is_named()
    {
        Make();
        var trusted = Path.Combine(_folder, ClusterCertificates.TrustedFolder, "peer.pem");
        File.WriteAllText(trusted, "hello\n");
        Refused($"expected a certificate in `{trusted}`, as PEM; copy a peer's own.pem there");
        File.Delete(trusted);
        File.WriteAllText(Own, "hello\n");
        Assert.StartsWith(
            $"expected a certificate in `{Own}`, as `gaudi cert` writes it, but it cannot be read: ",
            Assert.Throws<CertificateException>(() => ClusterCertificates.Read(_folder)).Message, StringComparison.Ordinal);
    }

    private void Refused(string sentence) =>
        Assert.Equal(sentence, Assert.Throws<CertificateException>(() => ClusterCertificates.Read(_folder)).Message);
}
