namespace Gaudi.Tests.Actors.Scheduling;

/// <summary>What happened in random schedules.</summary>
internal sealed record ScheduleTotals
{
    internal int StepCount { get; set; }

    internal int FinishedCount { get; set; }

    internal int AbortedCount { get; set; }

    internal int LostEpochCount { get; set; }

    internal long PreemptionCount { get; set; }

    internal long CacheHitTokenCount { get; set; }

    internal long DraftTokenCount { get; set; }

    internal long AcceptedTokenCount { get; set; }

    /// <summary>Steps whose messages carry as much as they can.</summary>
    internal int FullStepCount { get; set; }

    /// <summary>Finished answers that had to have a form.</summary>
    internal int FormCount { get; set; }

    /// <summary>Prompts that were pooled.</summary>
    internal int PooledCount { get; set; }

    /// <summary>Steps that a suspect had for itself.</summary>
    internal int SuspectStepCount { get; set; }

    internal void Add(ScheduleTotals other)
    {
        StepCount += other.StepCount;
        FinishedCount += other.FinishedCount;
        AbortedCount += other.AbortedCount;
        LostEpochCount += other.LostEpochCount;
        PreemptionCount += other.PreemptionCount;
        CacheHitTokenCount += other.CacheHitTokenCount;
        DraftTokenCount += other.DraftTokenCount;
        AcceptedTokenCount += other.AcceptedTokenCount;
        FullStepCount += other.FullStepCount;
        FormCount += other.FormCount;
        PooledCount += other.PooledCount;
        SuspectStepCount += other.SuspectStepCount;
    }

    public override string ToString() =>
        $"{StepCount} steps, {FinishedCount} finished, {AbortedCount} aborted, {LostEpochCount} epochs lost, "
        + $"{PreemptionCount} preemptions, {CacheHitTokenCount} tokens from the cache, "
        + $"{AcceptedTokenCount} of {DraftTokenCount} drafts kept, "
        + $"{FullStepCount} steps with full messages, {FormCount} answers of a given form, {PooledCount} pooled prompts, {SuspectStepCount} steps of suspects";
}
