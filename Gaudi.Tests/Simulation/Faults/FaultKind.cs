namespace Gaudi.Tests.Simulation.Faults;

/// <summary>What goes wrong.</summary>
internal enum FaultKind
{
    /// <summary>A worker's process ends as by a native fault.</summary>
    Crash,

    /// <summary>A card does not come back from its step.</summary>
    Hang,

    /// <summary>A card takes a multiple of the time.</summary>
    Slow,

    /// <summary>Nothing passes between two boxes.</summary>
    LinkDown,

    /// <summary>A part of the messages between two boxes is lost.</summary>
    Lossy,

    /// <summary>A machine is gone, and comes back.</summary>
    BoxDown,

    /// <summary>A machine stands still.</summary>
    BoxPause,

    /// <summary>Some machines reach only each other.</summary>
    Partition,

    /// <summary>A card's worker ends, and the next ones find a plugin that throws.</summary>
    PluginThrows,

    /// <summary>A card's worker ends, and the next ones find a plugin that never comes back.</summary>
    PluginHangs,

    /// <summary>A card's worker ends, and those that start on its box have another version of a plugin.</summary>
    Skew,

    /// <summary>A card's worker ends again and again.</summary>
    CrashLoop,

    /// <summary>A request comes that ends the process of a rank that computes it.</summary>
    Poison,
}
