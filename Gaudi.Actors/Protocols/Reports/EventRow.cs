namespace Gaudi.Actors.Protocols.Reports;

/// <summary>Something that changed what a node can serve. One object a line in the file and over HTTP.</summary>
/// <param name="Seq">From 1, without gaps, anew with each start of the node.</param>
/// <param name="Time">By the node's clock.</param>
/// <param name="Node">Who tells, by address.</param>
/// <param name="Kind">Such as worker_lost, group_serving.</param>
/// <param name="Reason">One sentence; empty where the kind says all.</param>
public sealed record EventRow(long Seq, DateTimeOffset Time, string Node, string Kind, string Reason)
{
    /// <summary>Index on the node; null where no card is meant.</summary>
    public int? Card { get; init; }

    /// <summary>Of the worker.</summary>
    public int? Pid { get; init; }

    /// <summary>Which start of the card's worker.</summary>
    public long? Incarnation { get; init; }

    /// <summary>What the worker returned.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The signal that ended the worker.</summary>
    public int? Signal { get; init; }

    /// <summary>The last lines on the worker's standard error.</summary>
    public string? LastErrorLines { get; init; }

    /// <summary>`model/replica`.</summary>
    public string? Group { get; init; }

    /// <summary>Of the group.</summary>
    public long? Epoch { get; init; }

    /// <summary>Cards of the group by rank, joined by commas.</summary>
    public string? Ranks { get; init; }

    /// <summary>step_fault, rank_lost or deliberate: why the epoch ended that served.</summary>
    public string? Cause { get; init; }

    /// <summary>How long the recovery took that is over now. Unit: seconds.</summary>
    public double? Seconds { get; init; }

    /// <summary>Requests it is about.</summary>
    public int? RequestCount { get; init; }
}
