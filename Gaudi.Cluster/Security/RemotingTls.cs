using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote.Transport.DotNetty;

namespace Gaudi.Cluster.Security;

/// <summary>
/// Remoting under TLS, where the settings name a folder of certificates: both sides show theirs, and a peer that is not
/// believed gets nowhere and is logged. Any thread.
/// </summary>
internal sealed class RemotingTls
{
    /// <summary>The one setting.</summary>
    internal const string Setting = "gaudi.security.certificates";

    private const int ToldMax = 256;

    private readonly ClusterCertificates _certificates;
    private readonly ConcurrentDictionary<string, byte> _told = new(StringComparer.Ordinal);
    private ILoggingAdapter? _log;

    private RemotingTls(ClusterCertificates certificates) => _certificates = certificates;

    /// <summary>Null where the settings name no folder: then nothing is encrypted.</summary>
    /// <param name="settings">The whole chain.</param>
    /// <exception cref="CertificateException">The folder is none.</exception>
    internal static RemotingTls? Of(Config settings) =>
        settings.GetString(Setting, "") is { Length: > 0 } folder ? new RemotingTls(ClusterCertificates.Read(folder)) : null;

    /// <summary>What an actor system is started with, beside its other settings.</summary>
    internal ActorSystemSetup And(BootstrapSetup bootstrap) => bootstrap.And(new DotNettySslSetup(
        _certificates.Own, suppressValidation: false, requireMutualAuthentication: true,
        (certificate, _, peer, _, _) => Believe(certificate, peer)));

    /// <summary>Whom it refuses from now on is logged there; remoting's own lines name no certificate.</summary>
    internal void LogTo(ActorSystem system) => _log = Logging.GetLogger(system, typeof(RemotingTls));

    // A refused peer tries again and again: each certificate is told once, and a flood of new ones is cut off.
    private bool Believe(X509Certificate2? certificate, string peer)
    {
        if (_certificates.Believe(certificate))
            return true;
        var pin = certificate is null ? "none" : ClusterCertificates.PinOf(certificate);
        if (_told.Count < ToldMax && _told.TryAdd(pin, 0))
            _log?.Warning("refused {0}: expected one of {1} pinned certificates, came {2}", peer, _certificates.Pins.Count, pin);
        return false;
    }
}
