namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.cluster`: how nodes that serve one model live together.</summary>
/// <param name="ReplicaAsk">Between two questions of a gateway to its replica.</param>
/// <param name="FoundDelay">How long a node asks the others to let it in before it may start the cluster itself.</param>
/// <param name="PortLook">For a port to answer.</param>
/// <param name="PortLookAgain">Between two looks at a port that still listens.</param>
/// <param name="PortLooksMax">Such looks before its member is believed to live.</param>
/// <param name="ServedAnswer">For another node to say what it serves.</param>
/// <param name="RejoinFirst">Before a node that was put out tries to come back; doubles.</param>
/// <param name="RejoinLongest">The longest such wait.</param>
/// <param name="DownsDead">Whether a member whose port refuses connections is declared dead at once.</param>
/// <param name="LocalRestart">Before `gaudi cluster` starts a node again that ended.</param>
/// <param name="LocalStop">For such a node to stop before it is killed.</param>
public sealed record ClusterSettings(
    TimeSpan ReplicaAsk, TimeSpan FoundDelay, TimeSpan PortLook, TimeSpan PortLookAgain, int PortLooksMax, TimeSpan ServedAnswer,
    TimeSpan RejoinFirst, TimeSpan RejoinLongest, bool DownsDead, TimeSpan LocalRestart, TimeSpan LocalStop)
{
    /// <summary>Between two words of a node about its cards, to one node after another.</summary>
    public TimeSpan InventoryRepeat { get; init; }

    /// <summary>For one card of a rolling restart or a drain, and for every replica to serve after it.</summary>
    public TimeSpan AdministrationLimit { get; init; }

    internal static ClusterSettings Read(SettingsReader reader) => new(
        reader.Milliseconds("gaudi.cluster.replica-ask-ms"),
        reader.Milliseconds("gaudi.cluster.found-delay-ms"),
        reader.Milliseconds("gaudi.cluster.port-look-ms"),
        reader.Milliseconds("gaudi.cluster.port-look-again-ms"),
        reader.Count("gaudi.cluster.port-looks-max", 1, 100),
        reader.Milliseconds("gaudi.cluster.served-timeout-ms"),
        reader.Milliseconds("gaudi.cluster.rejoin-first-ms"),
        reader.Milliseconds("gaudi.cluster.rejoin-longest-ms"),
        reader.Switch("gaudi.cluster.down-dead"),
        reader.Milliseconds("gaudi.cluster.local-restart-ms"),
        reader.Milliseconds("gaudi.cluster.local-stop-ms"))
    {
        InventoryRepeat = reader.Milliseconds("gaudi.cluster.inventory-repeat-ms"),
        AdministrationLimit = reader.Milliseconds("gaudi.cluster.administration-timeout-ms"),
    };
}
