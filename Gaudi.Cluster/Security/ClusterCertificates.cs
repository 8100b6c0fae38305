using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gaudi.Cluster.Security;

/// <summary>
/// Who this process is to its cluster, and whom it believes: a folder that `gaudi cert` made. A peer is believed when its
/// certificate is one of those in the folder, bit for bit; names, issuers and dates of expiry decide nothing. Any thread.
/// </summary>
/// <param name="Own">With its private key.</param>
/// <param name="Pins">SHA-256 of the certificates that are believed, this process's own among them.</param>
internal sealed record ClusterCertificates(X509Certificate2 Own, ImmutableSortedSet<string> Pins)
{
    /// <summary>This process's certificate, to be copied to `trusted` of its peers' folders.</summary>
    internal const string OwnFile = "own.pem";

    /// <summary>Its private key; never leaves the machine.</summary>
    internal const string KeyFile = "own.key";

    /// <summary>The folder of further certificates that are believed, each a `.pem` file.</summary>
    internal const string TrustedFolder = "trusted";

    /// <summary>Reads a folder.</summary>
    /// <exception cref="CertificateException">A file is missing or broken, or others may read the key.</exception>
    internal static ClusterCertificates Read(string folder)
    {
        var own = Path.Combine(folder, OwnFile);
        var key = Path.Combine(folder, KeyFile);
        foreach (var file in new[] { own, key }.Where(file => !File.Exists(file)))
            throw new CertificateException(
                $"expected the file `{file}` (gaudi.security.certificates); make one with `gaudi cert {folder}`");
        CheckMode(key);
        var trusted = Path.Combine(folder, TrustedFolder);
        IEnumerable<string> others = Directory.Exists(trusted) ? Directory.EnumerateFiles(trusted, "*.pem") : [];
        // The file of a key makes an ephemeral one, which TLS takes on Linux alone; from PKCS #12 it is taken everywhere.
        using var read = Load(own, () => X509Certificate2.CreateFromPemFile(own, key));
        var certificate = X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null);
        return new ClusterCertificates(
            certificate, [PinOf(certificate), .. others.Order(StringComparer.Ordinal).SelectMany(PinsOf)]);
    }

    /// <summary>Whether the bearer of a certificate is one of us.</summary>
    internal bool Believe(X509Certificate2? certificate) => certificate is not null && Pins.Contains(PinOf(certificate));

    /// <summary>How a certificate is called in messages and lists: SHA-256 in hexadecimal digits.</summary>
    internal static string PinOf(X509Certificate2 certificate) => certificate.GetCertHashString(HashAlgorithmName.SHA256);

    private static IEnumerable<string> PinsOf(string file)
    {
        var found = Load(file, () =>
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPemFile(file);
            return all;
        });
        if (found.Count == 0)
            throw new CertificateException($"expected a certificate in `{file}`, as PEM; copy a peer's {OwnFile} there");
        return found.Select(PinOf);
    }

    private static T Load<T>(string file, Func<T> load)
    {
        try
        {
            return load();
        }
        catch (Exception problem) when (problem
            is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CertificateException(
                $"expected a certificate in `{file}`, as `gaudi cert` writes it, but it cannot be read: {problem.Message}");
        }
    }

    private static void CheckMode(string key)
    {
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(key) & others) != 0)
            throw new CertificateException($"expected that its owner alone may read `{key}`; run `chmod 600 {key}`");
    }
}
