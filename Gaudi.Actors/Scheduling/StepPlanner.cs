using System.Collections.Immutable;
using Gaudi.Actors.Settings;
using Gaudi.Hpu;
using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.Scheduling;

/// <summary>
/// Gives the tokens of one step: to running sequences first, in order, then to waiting ones (rule S1). A sequence has known
/// tokens and computed positions; prefill and decoding are the same thing here. A suspect, with which a step failed, has a step
/// for itself, and the steps in between are the others'.
/// </summary>
internal sealed class StepPlanner(
    SchedulerSettings settings, ModelRunnerFacts facts, BlockTables tables, List<Sequence> running, WaitingQueue waiting,
    EngineTally tally)
{
    private readonly LoraSlots _loras = new(settings.LorasMax);
    private bool _isFull;
    private bool _wasSuspectsTurn;

    /// <summary>Brings blocks from elsewhere; null without a KV connector.</summary>
    internal RemoteKv? Remote { get; init; }

    /// <summary>Whether the last plan computes nothing because a sequence found no room.</summary>
    internal bool IsStuck { get; private set; }

    /// <summary>One step. Sequences are advanced as if it had been computed already (rule S16).</summary>
    internal StepInMaking Plan(SchedulerPause pause)
    {
        var step = new StepInMaking(pause == SchedulerPause.All ? 0 : settings.StepTokensMax, facts.VocabularySize, facts.HiddenSize);
        _isFull = false;
        if (running.Concat(waiting.All).Any(one => one.IsSuspect))
            TakeTurns(step, pause);
        else
            Fill(step, pause, areSuspects: false);
        Invariant.That(running.Count <= settings.SequencesMax, $"{running.Count} of {settings.SequencesMax} run"); // S15
        Invariant.That(step.Count <= running.Count, $"{step.Count} take part, {running.Count} run"); // S15
        Invariant.That(Loras().Count() <= settings.LorasMax, $"more than {settings.LorasMax} adapters run"); // S19
        IsStuck = _isFull && step.Count == 0;
        return step;
    }

    private void TakeTurns(StepInMaking step, SchedulerPause pause)
    {
        var isSuspectsTurn = !_wasSuspectsTurn;
        if (isSuspectsTurn)
        {
            Fill(step, pause, areSuspects: true);
            if (step.Count > 0 || step.HasPreempted)
            {
                _wasSuspectsTurn = step.Count > 0;
                return;
            }
            // One that found no room is passed by nobody.
            _isFull |= waiting.All.Any(one => one.IsSuspect && one.RemoteKv != RemoteKvState.Loading);
        }
        _wasSuspectsTurn = false;
        Fill(step, pause, areSuspects: false);
        if (step.Count > 0 || step.HasPreempted || isSuspectsTurn)
            return;
        var wasFull = _isFull;
        _isFull = false;
        Fill(step, pause, areSuspects: true);
        _isFull |= wasFull;
        _wasSuspectsTurn = step.Count > 0;
    }

    private void Fill(StepInMaking step, SchedulerPause pause, bool areSuspects)
    {
        Serve(step, areSuspects);
        for (var i = 0; i < step.Count; i++)
            Speculate(step, i);
        if (!step.HasPreempted && pause == SchedulerPause.None && !(areSuspects && step.Count > 0)) // S8, S18
            Admit(step, areSuspects);
    }

    private void Serve(StepInMaking step, bool areSuspects)
    {
        for (var i = 0; i < running.Count && step.Budget > 0 && !(areSuspects && step.Count > 0); i++)
        {
            var sequence = running[i];
            if (sequence.IsSuspect != areSuspects)
                continue;
            var count = Math.Min(Wanted(sequence, sequence.ComputedCount), step.Budget);
            if (count == 0 || !step.CanCarry(Share(sequence, sequence.ComputedCount, count)))
                continue; // S3: others may have something to do.
            while (!tables.TryGrow(sequence, sequence.ComputedCount + count))
            {
                if (TryTrim())
                    continue;
                if (running.Count == 1 && Remote?.HeldCount > 0)
                {
                    _isFull = true; // Only what is kept for others stands in its way: it keeps its own until those go.
                    return;
                }
                var victim = Victim();
                if (running.IndexOf(victim) < i)
                    i--;
                Preempt(victim, step);
                if (victim == sequence)
                    return; // S6
            }
            Take(sequence, count, step);
        }
    }

    private void Admit(StepInMaking step, bool areSuspects)
    {
        var i = 0;
        Remote?.BeginAdmissions();
        while (i < waiting.Count && step.Budget > 0 && running.Count < settings.SequencesMax // S9
            && !(areSuspects && step.Count > 0))
        {
            var sequence = waiting[i];
            if (sequence.IsSuspect != areSuspects || sequence.RemoteKv == RemoteKvState.Loading
                || (_isFull && sequence.RemoteKv != RemoteKvState.Loaded) || !HasLoraPlace(sequence))
            {
                i++; // S10: it keeps its place, and others may pass.
                continue;
            }
            var isLoaded = sequence.RemoteKv == RemoteKvState.Loaded;
            var found = isLoaded ? [] : tables.Find(sequence);
            if (Remote?.Begin(sequence, found, running.Count) is { } look and not RemoteKv.Look.Local)
            {
                _isFull |= look == RemoteKv.Look.HasNoRoom;
                i++; // S10, S11.
                continue;
            }
            var cachedCount = isLoaded ? sequence.ComputedCount : tables.PositionsOf(found);
            var count = Wanted(sequence, cachedCount);
            if (!settings.ChunksPrefill && count > step.Budget)
                return; // S13
            count = Math.Min(count, step.Budget);
            if (!step.CanCarry(Share(sequence, cachedCount, count)))
                return;
            if (!(isLoaded || tables.TryAdmit(sequence, found, cachedCount + count)))
            {
                _isFull = true; // S14, but for those whose blocks are there: they would hold them for ever.
                i++;
                continue;
            }
            waiting.RemoveAt(i);
            if (isLoaded)
                Remote!.Admitted();
            if (sequence.Request.CacheKeys.LoraId is { } lora)
                sequence.LoraSlot = _loras.Take(lora, Loras().Contains);
            running.Add(sequence);
            sequence.ComputedCount = cachedCount;
            NoteFirstAdmission(sequence);
            Take(sequence, count, step);
            Speculate(step, step.Count - 1);
        }
    }

    // S2, but for the budget. A chunk whose prompt is scored is shorter still.
    private int Wanted(Sequence sequence, int computedCount)
    {
        var count = Math.Min(sequence.Tokens.Count, facts.MaxModelLen - 1) - computedCount;
        if (settings.LongPrefillTokensMax > 0)
            count = Math.Min(count, settings.LongPrefillTokensMax);
        return Math.Min(count, PromptRows.CountMax(sequence.Request, computedCount, facts.VocabularySize));
    }

    private void Take(Sequence sequence, int count, StepInMaking step)
    {
        step.Add(Share(sequence, sequence.ComputedCount, count));
        sequence.ComputedCount += count;
        tables.Cache(sequence, sequence.ComputedCount);
    }

    private static StepShare Share(Sequence sequence, int firstPosition, int count) =>
        new(sequence, firstPosition, count, sequence.CachedBlockCount);

    // After every running sequence has its known tokens: drafts get what is left, and for them nobody is preempted.
    private void Speculate(StepInMaking step, int index)
    {
        var share = step[index];
        var sequence = share.Sequence;
        var drafts = share.IsDrawn ? Drafts(share, Math.Min(step.Budget, step.DraftsCarried(share))) : [];
        sequence.Drafts = [];
        if (!share.IsDrawn)
            return;
        var end = sequence.ComputedCount;
        var nextCount = NextDraftCount(sequence, drafts.Length);
        if (!tables.TryGrow(sequence, end + drafts.Length + nextCount))
            nextCount = 0;
        if (!tables.TryGrow(sequence, end + drafts.Length))
            drafts = [];
        step.Speculate(index, drafts, nextCount);
        sequence.ComputedCount = end + drafts.Length;
    }

    private ImmutableArray<int> Drafts(StepShare share, int budget)
    {
        var room = Math.Min(share.Sequence.DraftRoom(facts.MaxModelLen), budget);
        if (settings.LongPrefillTokensMax > 0)
            room = Math.Min(room, settings.LongPrefillTokensMax - share.KnownCount);
        var drafts = share.Sequence.Drafts[..Math.Min(share.Sequence.Drafts.Length, room)];
        return share.Sequence.Form is { } form ? drafts[..form.CountTried(drafts)] : drafts;
    }

    // As if every draft stood: then the fewest places are left, and no draft is proposed that could not be verified.
    private int NextDraftCount(Sequence sequence, int draftCount) =>
        settings.Speculation.Method == SpeculationMethod.DraftModel
            ? Math.Clamp(sequence.DraftRoom(facts.MaxModelLen) - draftCount - 1, 0, settings.Speculation.TokensMax)
            : 0;

    private Sequence Victim() => settings.Policy == SchedulingPolicy.Priority
        ? running.Max(PriorityOrder.Instance)!
        : running[^1]; // S4

    // Places for drafts go before a sequence does.
    private bool TryTrim()
    {
        var isTrimmed = false;
        foreach (var sequence in running)
            isTrimmed |= tables.TryTrim(sequence);
        return isTrimmed;
    }

    private void Preempt(Sequence victim, StepInMaking step)
    {
        Invariant.That(running.Remove(victim), $"sequence {victim.Id} was preempted and does not run"); // S7
        if (step.Remove(victim) is { } share) // S5
            tables.Uncache(victim, share.CachedBlockCount);
        Remote?.Freed(victim);
        tables.Free(victim);
        victim.PreemptionCount++;
        waiting.Return(victim);
        tally.Preempted();
        step.HasPreempted = true;
    }

    private void NoteFirstAdmission(Sequence sequence)
    {
        if (sequence.CachedTokenCount is not null)
            return; // S17
        var promptTokenCount = sequence.Request.PromptTokenIds.Length;
        sequence.CachedTokenCount = Math.Min(sequence.ComputedCount, promptTokenCount);
        var hitCount = sequence.ComputedCount - sequence.ExternalTokenCount;
        tally.Admitted(
            promptTokenCount, tables.ReadsCache(sequence) ? sequence.Tokens.Count : 0, hitCount, sequence.CachedTokenCount.Value,
            sequence.ExternalTokenCount, Remote is null ? 0 : sequence.Tokens.Count - hitCount);
    }

    private IEnumerable<string> Loras() => running.Select(one => one.Request.CacheKeys.LoraId).OfType<string>().Distinct();

    private bool HasLoraPlace(Sequence sequence) =>
        sequence.Request.CacheKeys.LoraId is not { } lora || Loras().Contains(lora) || Loras().Count() < settings.LorasMax;
}
