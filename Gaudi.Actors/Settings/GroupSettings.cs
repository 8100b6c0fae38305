namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.group`.</summary>
/// <param name="TensorParallelSize">Ranks: 1, 2, 4 or 8.</param>
/// <param name="PrepareTimeout">For all ranks together.</param>
/// <param name="Hang">When a step hangs.</param>
/// <param name="ReformDelay">Before forming again after a failure that lost no card; doubles.</param>
/// <param name="ReformLongest">The longest such wait.</param>
public sealed record GroupSettings(
    int TensorParallelSize, TimeSpan PrepareTimeout, HangSettings Hang, TimeSpan ReformDelay,
    TimeSpan ReformLongest)
{
    /// <summary>Between two words to a rank that has not answered.</summary>
    public TimeSpan Repeat { get; init; }

    internal static GroupSettings Read(SettingsReader reader)
    {
        var size = reader.Count("gaudi.group.tensor-parallel-size", 1, 8);
        if (size is not (1 or 2 or 4 or 8))
            reader.Complain("gaudi.group.tensor-parallel-size", $"{size}", "1, 2, 4 or 8");
        return new GroupSettings(
            size,
            reader.Milliseconds("gaudi.group.prepare-timeout-ms"),
            HangSettings.Read(reader),
            reader.Milliseconds("gaudi.group.reform-delay-ms"),
            reader.Milliseconds("gaudi.group.reform-longest-ms"))
        {
            Repeat = reader.Milliseconds("gaudi.group.repeat-ms"),
        };
    }
}
