using Akka.Event;

namespace Gaudi.Cluster.Node;

/// <summary>
/// Stands where Akka would write to standard output: before its loggers are there, and after they are gone, when a socket that
/// closes is still worth a warning to it. Results alone go to standard output.
/// </summary>
/// <remarks>
/// Created by Akka from the setting akka.stdout-logger-class (<see cref="GaudiSystem"/>); stdout-loglevel = OFF alone does
/// not silence what is logged after the end of the loggers.
/// </remarks>
internal sealed class SilentLogger : MinimalLogger
{
    /// <inheritdoc />
    protected override void Log(object message)
    {
    }
}
