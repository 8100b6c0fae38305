using System.Collections.Immutable;
using Gaudi.Hpu;
using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.Scheduling;

/// <summary>A step while it is planned: who computes what, and how many tokens are left.</summary>
internal sealed class StepInMaking
{
    private readonly int _tokensMax;
    private readonly int _vocabularySize;
    private readonly int _hiddenSize;
    private readonly List<StepShare> _shares = [];

    /// <summary>Begins with the whole budget.</summary>
    internal StepInMaking(int tokensMax, int vocabularySize, int hiddenSize)
    {
        _tokensMax = Budget = tokensMax;
        _vocabularySize = vocabularySize;
        _hiddenSize = hiddenSize;
    }

    /// <summary>Tokens that may still be given.</summary>
    internal int Budget { get; private set; }

    /// <summary>True when a sequence lost its blocks for this step: then none is admitted (rule S8).</summary>
    internal bool HasPreempted { get; set; }

    /// <summary>Sequences that take part.</summary>
    internal int Count => _shares.Count;

    /// <summary>Sequences that draw a token in it.</summary>
    internal IEnumerable<Sequence> Drawing => _shares.Where(share => share.IsDrawn).Select(share => share.Sequence);

    /// <summary>What the step's messages carry so far.</summary>
    private StepLoad Load => _shares.Aggregate(default(StepLoad), (load, share) => load + StepLoad.Of(share, _vocabularySize, _hiddenSize));

    /// <summary>True when the step's messages can carry one more share. One that is alone always can.</summary>
    internal bool CanCarry(StepShare share) => Count == 0 || (Load + StepLoad.Of(share, _vocabularySize, _hiddenSize)).Fits;

    /// <summary>Most drafts a share may have so that the step's messages still carry it.</summary>
    internal int DraftsCarried(StepShare share)
    {
        var load = Load;
        var back = (StepLoad.EntriesMax - load.BackCount) / StepLoad.AnswerCount(share.Sequence.Request.Sampling);
        var outward = (StepLoad.EntriesMax - load.OutCount) / (1 + StepLoad.MaskCount(share.Sequence, _vocabularySize));
        return (int)Math.Clamp(Math.Min(back, outward), 0, int.MaxValue);
    }

    internal void Add(StepShare share)
    {
        Invariant.That(
            share.TokenCount > 0 && share.TokenCount <= Budget,
            $"sequence {share.Sequence.Id} takes {share.TokenCount} tokens of {Budget}");
        Budget -= share.TokenCount;
        _shares.Add(share);
    }

    /// <summary>A share, in the order in which they were added.</summary>
    internal StepShare this[int index] => _shares[index];

    /// <summary>Gives one sequence drafts to verify, and room for the next ones.</summary>
    internal void Speculate(int index, ImmutableArray<int> drafts, int draftCountMax)
    {
        Invariant.That(drafts.Length <= Budget, $"{drafts.Length} drafts of {Budget} tokens");
        Budget -= drafts.Length;
        _shares[index] = _shares[index] with { Drafts = drafts, DraftCountMax = draftCountMax };
    }

    /// <summary>Takes a sequence's share out, and its tokens back (rule S5); null when it has none.</summary>
    internal StepShare? Remove(Sequence sequence)
    {
        var index = _shares.FindIndex(share => share.Sequence == sequence);
        if (index < 0)
            return null;
        var share = _shares[index];
        _shares.RemoveAt(index);
        Budget += share.TokenCount;
        return share;
    }

    /// <summary>For the ranks.</summary>
    internal StepPlan ToPlan(long stepNumber)
    {
        var tokenCount = _shares.Sum(share => share.TokenCount);
        Invariant.That(tokenCount + Budget == _tokensMax && Budget >= 0, $"{tokenCount} tokens planned of {_tokensMax}"); // S15
        return new StepPlan(stepNumber, [.. _shares.Select(share => share.ToStep(_vocabularySize))]) { Loras = Loras() };
    }

    private ImmutableArray<LoraPlace> Loras() =>
    [
        .. _shares.Where(share => share.Sequence.LoraSlot > 0)
            .Select(share => new LoraPlace(share.Sequence.LoraSlot, share.Sequence.Request.CacheKeys.LoraId!))
            .Distinct().OrderBy(place => place.Slot),
    ];
}
