using System.Globalization;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Remote.Transport;
using Gaudi.Actors.Settings;
using Gaudi.Cluster.Security;

namespace Gaudi.Cluster.Node;

/// <summary>The actor system of a node or a worker. All are members of one cluster named `gaudi`.</summary>
internal static class GaudiSystem
{
    /// <summary>Part of every address: members with another name never meet.</summary>
    internal const string Name = "gaudi";

    /// <summary>Minds workers and lends their cards to the cluster. Every node has it.</summary>
    internal const string NodeRole = "node";

    /// <summary>Serves HTTP.</summary>
    internal const string GatewayRole = "gateway";

    /// <summary>Hosts replicas; the only role with a vote. A node that only lends its cards has neither.</summary>
    internal const string EngineRole = "engine";

    /// <summary>A worker: hosts ranks, has no vote.</summary>
    internal const string CardRole = "card";

    /// <summary>Starts the system. It listens at once and joins nobody.</summary>
    /// <param name="settings">The whole chain, defaults included.</param>
    /// <param name="host">The address to listen on, and to be known by.</param>
    /// <param name="port">0 lets the system choose.</param>
    /// <param name="roles">Of this member.</param>
    /// <exception cref="NodeStartException">
    /// The address cannot be listened on, a value under `akka` is none, or the certificates cannot be used.
    /// </exception>
    internal static ActorSystem Start(Config settings, string host, int port, params string[] roles)
    {
        var tls = RemotingTls.Of(settings);
        var bootstrap = BootstrapSetup.Create()
            .WithConfig(Overlay(host, port, tls is not null, roles).WithFallback(Throttle(settings)).WithFallback(settings));
        try
        {
            var system = ActorSystem.Create(Name, tls?.And(bootstrap) ?? ActorSystemSetup.Create(bootstrap));
            tls?.LogTo(system);
            return system;
        }
        catch (Exception problem) when (Cause<InvalidAssociationException>(problem) is { } refused)
        {
            throw Refused(host, port, refused);
        }
        catch (Exception problem) when (Cause<System.Net.Sockets.SocketException>(problem) is { } refused)
        {
            throw Refused(host, port, refused);
        }
        catch (Exception problem) when (BadValue(problem) is { } why)
        {
            throw new NodeStartException(
                $"expected values that Akka can read in the settings under akka: {why.Message.TrimEnd('.')}; "
                + "look at what --config and --set say there");
        }
    }

    /// <summary>How a member is called in reports: 127.0.0.1:4053.</summary>
    internal static string NameOf(Address member) => new HostPort(member.Host, member.Port ?? 0).ToString();

    // What depends on this process; every number that does not is in hocon/.
    private static Config Overlay(string host, int port, bool isSecure, string[] roles) => ConfigurationFactory.ParseString(
        string.Create(CultureInfo.InvariantCulture, $$"""
            akka {
              loglevel = WARNING
              stdout-loglevel = OFF
              stdout-logger-class = "{{typeof(SilentLogger).FullName}}, gaudi"
              loggers = ["{{typeof(StderrLogger).FullName}}, gaudi"]
              log-dead-letters = off
              log-dead-letters-during-shutdown = off
              actor.provider = cluster
              remote.dot-netty.tcp {
                hostname = "{{host}}", public-hostname = "{{host}}", port = {{port}}, enable-ssl = {{(isSecure ? "on" : "off")}}
              }
              cluster.roles = [{{string.Join(", ", roles.Select(role => $"\"{role}\""))}}]
              cluster.seed-nodes = []
              coordinated-shutdown { run-by-clr-shutdown-hook = off, exit-clr = off }
            }
            """));

    // Only where a test of failures asks for it: every message goes through an actor more.
    private static Config Throttle(Config settings) => settings.GetBoolean(FaultSettings.EnabledKey)
        ? ConfigurationFactory.ParseString("akka.remote.dot-netty.tcp.applied-adapters = [trttl]")
        : Config.Empty;

    private static NodeStartException Refused(string host, int port, Exception why) => new(
        $"expected to listen for the cluster on {host} port {port}, but the system refuses ({why.Message}); "
        + "choose another with --cluster-host and --cluster-port");

    private static Exception? BadValue(Exception problem) =>
        (Exception?)Cause<FormatException>(problem) ?? Cause<ConfigurationException>(problem);

    private static T? Cause<T>(Exception problem) where T : Exception
    {
        for (var cause = problem; cause is not null; cause = cause.InnerException)
        {
            if (cause is T found)
                return found;
            if (cause is AggregateException many
                && many.InnerExceptions.Select(Cause<T>).FirstOrDefault(one => one is not null) is { } inner)
                return inner;
        }
        return null;
    }
}
