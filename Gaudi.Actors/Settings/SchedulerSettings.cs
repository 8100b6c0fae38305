namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.scheduler`.</summary>
/// <param name="StepTokensMax">Most tokens one step computes.</param>
/// <param name="SequencesMax">Most choices in a step.</param>
/// <param name="WaitingMax">Choices that may wait.</param>
/// <param name="FailedStepsMax">Failed steps in a row after which a choice is given up.</param>
/// <param name="FinishedKept">Finished choices remembered.</param>
public sealed record SchedulerSettings(int StepTokensMax, int SequencesMax, int WaitingMax, int FailedStepsMax, int FinishedKept)
{
    internal static SchedulerSettings Read(SettingsReader reader) => new(
        reader.Count("gaudi.scheduler.step-tokens-max", 1, 1 << 20),
        reader.Count("gaudi.scheduler.sequences-max", 1, 4096),
        reader.Count("gaudi.scheduler.waiting-max", 0, 1 << 20),
        reader.Count("gaudi.scheduler.failed-steps-max", 0, 1000),
        reader.Count("gaudi.scheduler.finished-kept", 0, 1 << 20));
}
