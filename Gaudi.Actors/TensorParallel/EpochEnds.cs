namespace Gaudi.Actors.TensorParallel;

/// <summary>Names of <see cref="EpochEnd"/> as reports and metrics show them.</summary>
public static class EpochEnds
{
    /// <summary>Lower case with underscores, such as rank_lost.</summary>
    public static string NameOf(EpochEnd cause) => cause switch
    {
        EpochEnd.RankLost or EpochEnd.NodeLost => "rank_lost",
        EpochEnd.Deliberate => "deliberate",
        _ => "step_fault",
    };
}
