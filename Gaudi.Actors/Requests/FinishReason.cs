namespace Gaudi.Actors.Requests;

/// <summary>Why a choice ended.</summary>
public enum FinishReason
{
    /// <summary>A stop token or stop string.</summary>
    Stop,

    /// <summary>The token limit or the context was reached.</summary>
    Length,

    /// <summary>The client went away.</summary>
    Abort,
}
