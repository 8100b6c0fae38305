namespace Gaudi.Cluster.Node;

/// <summary>What the program returns.</summary>
internal static class ExitCodes
{
    /// <summary>Done, or stopped as asked: by SIGTERM too, so that service managers see a clean stop.</summary>
    internal const int Done = 0;

    /// <summary>Something was expected and did not come; standard error has the sentence.</summary>
    internal const int Failed = 1;

    /// <summary>A worker whose parent is gone, or that was started by hand.</summary>
    internal const int NoParent = 3;

    /// <summary>Ctrl-C: 128 + SIGINT, as shells expect.</summary>
    internal const int Interrupted = 130;
}
