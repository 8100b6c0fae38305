namespace Gaudi.Tests.Storm;

/// <summary>A way to fail. The order is the one of the summary.</summary>
internal enum FaultClass
{
    /// <summary>SIGKILL of a worker.</summary>
    Kill,

    /// <summary>SIGKILL of an engine node, its worker with it. Whoever runs the machine starts it again.</summary>
    Node,

    /// <summary>SIGSTOP of a worker, for ever.</summary>
    Stop,

    /// <summary>A plugin's op throws in a step.</summary>
    Throw,

    /// <summary>A plugin's op ends its process in a step, as a native crash does.</summary>
    Abort,

    /// <summary>A worker is killed and the plugin throws at its next registration.</summary>
    Register,

    /// <summary>The connections between the ranks are reset.</summary>
    LaneCut,

    /// <summary>The connections between the ranks carry nothing for a while.</summary>
    LaneStall,

    /// <summary>A machine and the others hear nothing of each other for a while: no message, and nothing between the ranks.</summary>
    Partition,
}
