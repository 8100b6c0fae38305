namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.scheduler`.</summary>
/// <param name="StepTokensMax">Most tokens one step computes: `max-num-batched-tokens`.</param>
/// <param name="SequencesMax">Most choices in a step: `max-num-seqs`.</param>
/// <param name="WaitingMax">Choices that may wait.</param>
/// <param name="FailedStepsMax">Failed steps after which a choice is given up.</param>
/// <param name="FinishedKept">Finished choices remembered.</param>
public sealed record SchedulerSettings(int StepTokensMax, int SequencesMax, int WaitingMax, int FailedStepsMax, int FinishedKept)
{
    /// <summary>In which order choices run.</summary>
    public SchedulingPolicy Policy { get; init; }

    /// <summary>Whether a prompt may be computed in parts. Off: a prompt over what the step has left waits.</summary>
    public bool ChunksPrefill { get; init; } = true;

    /// <summary>Most tokens of one choice in a step; 0 sets no limit.</summary>
    public int LongPrefillTokensMax { get; init; }

    /// <summary>Whether full blocks are kept for later prompts that begin alike.</summary>
    public bool CachesPrefixes { get; init; } = true;

    /// <summary>Most different LoRA adapters among the running choices.</summary>
    public int LorasMax { get; init; } = 1;

    /// <summary>Compiled constraints a replica keeps beside those that running choices hold; at least one.</summary>
    public int ConstraintsKept { get; init; } = 64;

    /// <summary>Where drafts come from.</summary>
    public SpeculationSettings Speculation { get; init; } = SpeculationSettings.None;

    internal static SchedulerSettings Read(SettingsReader reader, ModelSettings model)
    {
        var problemCount = reader.Problems.Count;
        var settings = new SchedulerSettings(
            reader.Count(StepTokensKey, 1, 1 << 20),
            reader.Count("gaudi.scheduler.max-num-seqs", 1, 4096),
            reader.Count("gaudi.scheduler.waiting-max", 0, 1 << 20),
            reader.Count("gaudi.scheduler.failed-steps-max", 1, 1000),
            reader.Count("gaudi.scheduler.finished-kept", 0, 1 << 20))
        {
            Policy = reader.OneOf("gaudi.scheduler.policy", "fcfs", "priority") == "priority"
                ? SchedulingPolicy.Priority
                : SchedulingPolicy.Fcfs,
            ChunksPrefill = reader.Switch("gaudi.scheduler.chunked-prefill"),
            LongPrefillTokensMax = reader.Count(LongPrefillKey, 0, 1 << 20),
            CachesPrefixes = reader.Switch("gaudi.scheduler.prefix-caching"),
            LorasMax = reader.Count("gaudi.scheduler.max-loras", 1, 1024),
            ConstraintsKept = reader.Count("gaudi.scheduler.constraints-kept", 1, 1 << 16),
            Speculation = SpeculationSettings.Read(reader),
        };
        // Numbers that are wrong by themselves are named already.
        if (reader.Problems.Count == problemCount)
            settings.Compare(reader, model);
        return settings;
    }

    private const string StepTokensKey = "gaudi.scheduler.max-num-batched-tokens";
    private const string LongPrefillKey = "gaudi.scheduler.long-prefill-token-threshold";

    // As upstream refuses them.
    private void Compare(SettingsReader reader, ModelSettings model)
    {
        if (StepTokensMax < SequencesMax)
            reader.Complain(StepTokensKey, $"{StepTokensMax}", $"max-num-seqs = {SequencesMax} or more: each needs a token a step");
        if (!ChunksPrefill && model.MaxModelLen is { } longest && StepTokensMax < longest)
            reader.Complain(
                StepTokensKey, $"{StepTokensMax}", $"max-model-len = {longest} or more while chunked-prefill = off");
        if (!ChunksPrefill && LongPrefillTokensMax > 0)
            reader.Complain(LongPrefillKey, $"{LongPrefillTokensMax}", "0 while chunked-prefill = off");
    }
}
