namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.node`: how long a node waits for others.</summary>
/// <param name="Join">For a seed to let it in.</param>
/// <param name="WorkerStop">For a worker that was asked to leave, before it is killed.</param>
/// <param name="Leave">For the cluster to hear its goodbye.</param>
/// <param name="News">For better news, before a start tells that its group waits.</param>
/// <param name="LastWords">For the output of a worker that has ended.</param>
/// <param name="WorkerSignal">For the node to let go a worker that got a signal to end, before the worker ends by itself.</param>
/// <param name="Report">For the report of a server asked with `--url`.</param>
public sealed record NodePatience(
    TimeSpan Join, TimeSpan WorkerStop, TimeSpan Leave, TimeSpan News, TimeSpan LastWords, TimeSpan WorkerSignal,
    TimeSpan Report)
{
    /// <summary>For groups to give back a leaving node's cards.</summary>
    public TimeSpan Drain { get; init; }

    /// <summary>Between two looks of a command that follows a server.</summary>
    public TimeSpan Follow { get; init; }

    internal static NodePatience Read(SettingsReader reader) => new(
        reader.Milliseconds("gaudi.node.join-timeout-ms"),
        reader.Milliseconds("gaudi.node.worker-stop-timeout-ms"),
        reader.Milliseconds("gaudi.node.leave-timeout-ms"),
        reader.Milliseconds("gaudi.node.news-timeout-ms"),
        reader.Milliseconds("gaudi.node.last-words-timeout-ms"),
        reader.Milliseconds("gaudi.node.worker-signal-timeout-ms"),
        reader.Milliseconds("gaudi.node.report-timeout-ms"))
    {
        Drain = reader.Milliseconds("gaudi.node.drain-timeout-ms"),
        Follow = reader.Milliseconds("gaudi.node.follow-ms"),
    };
}
