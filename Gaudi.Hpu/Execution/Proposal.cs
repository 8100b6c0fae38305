namespace Gaudi.Hpu.Execution;

/// <summary>The drafts of one sequence while they are drawn, one a pass.</summary>
/// <param name="step">What the draft model reads first; it draws when there is to be a draft.</param>
/// <param name="countMax">Drafts wanted; 0 when the step is only read.</param>
internal sealed class Proposal(SequenceStep step, int countMax)
{
    private int _askedCount;

    /// <summary>What the draft model reads next.</summary>
    public SequenceStep Step { get; private set; } = step;

    /// <summary>Drawn so far.</summary>
    public List<int> Drafts { get; } = [];

    /// <summary>Makes the draft drawn last what is read next; false when enough are drawn, or none was this time.</summary>
    public bool GoesOn()
    {
        if (Drafts.Count >= countMax || Drafts.Count == _askedCount)
            return false;
        _askedCount = Drafts.Count;
        Step = Step with
        {
            TokenIds = [Drafts[^1]],
            FirstPosition = Step.FirstPosition + Step.TokenIds.Length,
            History = Step.Sampling!.NeedsHistory ? [.. Step.History, .. Step.TokenIds] : [],
        };
        return true;
    }
}
