namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.node`: how long a node waits for others.</summary>
/// <param name="Join">For a seed to let it in.</param>
/// <param name="WorkerStop">For a worker that was asked to leave, before it is killed.</param>
/// <param name="Leave">For the cluster to hear its goodbye.</param>
public sealed record NodePatience(TimeSpan Join, TimeSpan WorkerStop, TimeSpan Leave)
{
    internal static NodePatience Read(SettingsReader reader) => new(
        reader.Milliseconds("gaudi.node.join-timeout-ms"),
        reader.Milliseconds("gaudi.node.worker-stop-timeout-ms"),
        reader.Milliseconds("gaudi.node.leave-timeout-ms"));
}
