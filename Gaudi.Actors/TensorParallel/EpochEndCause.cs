namespace Gaudi.Actors.TensorParallel;

/// <summary>Why an epoch ended.</summary>
public enum EpochEndCause
{
    /// <summary>A rank failed, was late, refused, or disagreed.</summary>
    StepFault,

    /// <summary>A card of the group is gone.</summary>
    RankLost,

    /// <summary>Somebody asked for it: a restart, a drain. No request is blamed.</summary>
    Deliberate,
}
