using Akka.Actor;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace Gaudi.Cluster.Membership;

/// <summary>
/// Which keys under `akka` mean something: HOCON takes a key with a typing error without a word. A key is known when the
/// reference configuration of Akka or of a module we run has it, when our own defaults have it, or when it lies in a section
/// whose keys are anybody's to choose.
/// </summary>
internal static class AkkaKeys
{
    private static readonly (string Resource, Type Assembly)[] References =
    [
        ("Akka.Configuration.akka.conf", typeof(ActorSystem)),
        ("Akka.Remote.Configuration.Remote.conf", typeof(Akka.Remote.IRemoteActorRefProvider)),
        ("Akka.Cluster.Configuration.Cluster.conf", typeof(Akka.Cluster.Cluster)),
        ("Akka.Cluster.Sharding.reference.conf", typeof(Akka.Cluster.Sharding.ClusterSharding)),
        ("Akka.Cluster.Tools.Singleton.reference.conf", typeof(Akka.Cluster.Tools.Singleton.ClusterSingletonManager)),
        ("Akka.DistributedData.reference.conf", typeof(Akka.DistributedData.DistributedData)),
    ];

    // Names of serializers, types, actors' paths, roles and phases.
    private static readonly string[] FreeSections =
    [
        "akka.actor.deployment.", "akka.actor.serializers.", "akka.actor.serialization-bindings.",
        "akka.actor.serialization-identifiers.", "akka.actor.serialization-settings.", "akka.actor.mailbox.requirements.",
        "akka.actor.router.type-mapping.", "akka.cluster.role.", "akka.coordinated-shutdown.phases.",
    ];

    /// <summary>What Akka and its modules have when nobody says anything.</summary>
    internal static Config Reference { get; } = References
        .Select(one => ConfigurationFactory.FromResource(one.Resource, one.Assembly.Assembly))
        .Aggregate((all, next) => all.WithFallback(next));

    /// <summary>Keys that nothing reads, and values where a block of keys is expected; one sentence each, in order.</summary>
    /// <param name="said">What the user said.</param>
    /// <param name="defaults">Our own.</param>
    internal static IEnumerable<string> Problems(Config said, Config defaults)
    {
        var known = defaults.WithFallback(Reference);
        IEnumerable<string> leaves = said.HasPath("akka") ? Leaves(said.GetValue("akka"), "akka") : [];
        return leaves.Order(StringComparer.Ordinal).Select(key => Problem(key, known)).OfType<string>();
    }

    /// <summary>Why native work cannot run on the dispatcher that the settings name under `akka`; null when it can.</summary>
    /// <param name="chain">What the user said over our own defaults.</param>
    /// <param name="key">The setting that names it.</param>
    internal static string? DispatcherProblem(Config chain, string key)
    {
        var path = chain.GetValue(key) is { } value && value.IsString() ? value.GetString() : "";
        return !path.StartsWith("akka.", StringComparison.Ordinal)
            || (chain.WithFallback(Reference) is var known && known.HasPath(path) && known.GetValue(path).IsObject())
            ? null
            : $"{key} = {path}: Akka has no such dispatcher";
    }

    private static string? Problem(string key, Config known)
    {
        if (FreeSections.Any(section => key.StartsWith(section, StringComparison.Ordinal)) || IsInNamedBlock(key))
            return null;
        if (!known.HasPath(key))
            return $"{key} is no key that Akka reads: see hocon/reference.conf for those set here, and Akka's own for the others";
        return known.GetValue(key).IsObject() ? $"{key} is a block of keys, not one value" : null;
    }

    // A dispatcher or a mailbox may be made anywhere, under any name, with keys of its own type.
    private static bool IsInNamedBlock(string key) =>
        key.Split('.')[..^1].Any(part => part.EndsWith("-dispatcher", StringComparison.Ordinal)
            || part.EndsWith("-mailbox", StringComparison.Ordinal));

    private static IEnumerable<string> Leaves(HoconValue value, string path) => value.IsObject()
        ? value.GetObject().Items.SelectMany(entry => Leaves(entry.Value, $"{path}.{Quoted(entry.Key)}"))
        : [path];

    private static string Quoted(string key) =>
        key.Length > 0 && key.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_') ? key : $"\"{key}\"";
}
