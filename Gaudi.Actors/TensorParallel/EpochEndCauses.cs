namespace Gaudi.Actors.TensorParallel;

/// <summary>Names of <see cref="EpochEndCause"/> as reports and metrics show them.</summary>
public static class EpochEndCauses
{
    /// <summary>Lower case with underscores, such as rank_lost.</summary>
    public static string NameOf(EpochEndCause cause) => cause switch
    {
        EpochEndCause.RankLost => "rank_lost",
        EpochEndCause.Deliberate => "deliberate",
        _ => "step_fault",
    };
}
