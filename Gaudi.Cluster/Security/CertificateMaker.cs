using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gaudi.Cluster.Security;

/// <summary>Makes a folder of <see cref="ClusterCertificates"/>: a new key and a certificate that it signed itself.</summary>
internal static class CertificateMaker
{
    private const int YearsValid = 30;

    /// <summary>Writes the folder; its key can be read by its owner alone.</summary>
    /// <param name="folder">Made when it is not there.</param>
    /// <param name="name">For people, who find it in the certificate.</param>
    /// <param name="now">From when on it is valid; peers that pin it do not ask.</param>
    /// <returns>The certificate's pin.</returns>
    /// <exception cref="CertificateException">The folder has a certificate already, or cannot be written.</exception>
    internal static string Make(string folder, string name, DateTimeOffset now)
    {
        var own = Path.Combine(folder, ClusterCertificates.OwnFile);
        var keyFile = Path.Combine(folder, ClusterCertificates.KeyFile);
        if (File.Exists(own) || File.Exists(keyFile))
            throw new CertificateException(
                $"`{folder}` has a certificate already, which peers may believe; give another folder, or remove it first");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var distinguished = new X500DistinguishedNameBuilder();
        distinguished.AddCommonName(name);
        var request = new CertificateRequest(distinguished.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        // Each side of a connection shows it: server and client.
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")], false));
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(YearsValid));
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, ClusterCertificates.TrustedFolder));
            WritePrivate(keyFile, key.ExportPkcs8PrivateKeyPem() + "\n");
            File.WriteAllText(own, certificate.ExportCertificatePem() + "\n");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CertificateException($"expected to write `{folder}`, but the system refuses: {problem.Message}");
        }
        return ClusterCertificates.PinOf(certificate);
    }

    // The file never exists with another mode, however short.
    private static void WritePrivate(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new StreamWriter(path, options);
        file.Write(text);
    }
}
