using Gaudi.Actors.Settings;

namespace Gaudi.Cluster.Node;

/// <summary>How long a node that was put out waits before each try to come back: twice as long each time, up to a limit.</summary>
internal sealed class RejoinWaits(ClusterSettings settings)
{
    private TimeSpan _next = settings.RejoinFirst;

    /// <summary>The next wait.</summary>
    internal TimeSpan Next()
    {
        var wait = _next;
        _next = wait * 2 < settings.RejoinLongest ? wait * 2 : settings.RejoinLongest;
        return wait;
    }
}
