namespace Gaudi.Actors.TensorParallel;

/// <summary>Why an epoch is over: what it says about the requests of the step that ran.</summary>
public enum EpochEnd
{
    /// <summary>It was wanted: a card was given back, or the replica stopped. It says nothing about them.</summary>
    Deliberate,

    /// <summary>A step failed, hung or gave different answers: one of its requests may be why.</summary>
    StepFault,

    /// <summary>A rank was lost. Where a step ran, one of its requests may be why.</summary>
    RankLost,

    /// <summary>A rank was lost with its node, or its node withholds its cards. It says nothing about requests.</summary>
    NodeLost,
}
