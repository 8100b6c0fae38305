namespace Gaudi.Tests.Storm;

/// <summary>What a line of the history tells.</summary>
internal enum StormEventKind
{
    /// <summary>What was asked for: the seed and the options in force.</summary>
    Plan,

    /// <summary>The tokens of a request in the undisturbed run.</summary>
    Reference,

    /// <summary>The storm begins: from here on faults come.</summary>
    Begun,

    /// <summary>A client sent a request, or sent it again after a refusal.</summary>
    Sent,

    /// <summary>The server answered 503 or 429 before any token.</summary>
    Refused,

    /// <summary>A token of an answer came.</summary>
    Token,

    /// <summary>An answer came to its end.</summary>
    Finished,

    /// <summary>An answer broke: cut off, an error, another status.</summary>
    Broken,

    /// <summary>A fault was made.</summary>
    FaultBegun,

    /// <summary>The group serves again and every client had an answer since.</summary>
    FaultHealed,

    /// <summary>A node said that its group serves in an epoch.</summary>
    Serves,

    /// <summary>A node said that its group forms an epoch: no older one serves.</summary>
    Forms,

    /// <summary>A node said that its group waits.</summary>
    Waits,

    /// <summary>A node was started.</summary>
    NodeStarted,

    /// <summary>A node's process ended.</summary>
    NodeEnded,

    /// <summary>A line that a node or a worker wrote.</summary>
    Line,

    /// <summary>Everything was stopped; the processes that were left are named.</summary>
    Ended,
}
