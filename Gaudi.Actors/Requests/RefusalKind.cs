namespace Gaudi.Actors.Requests;

/// <summary>Why a choice was refused.</summary>
public enum RefusalKind
{
    /// <summary>The request is wrong: 400.</summary>
    Invalid,

    /// <summary>No such model: 404.</summary>
    UnknownModel,

    /// <summary>The queue is full: 429 with Retry-After.</summary>
    QueueFull,

    /// <summary>No group serves now: 503 with Retry-After.</summary>
    Unavailable,

    /// <summary>Our mistake: 500.</summary>
    Failed,
}
