namespace Gaudi.Cluster.Security;

/// <summary>Certificates that cannot be read or made. The message is one sentence: what was expected, what came, what to do.</summary>
internal sealed class CertificateException(string message) : Exception(message);
