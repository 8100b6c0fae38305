namespace Gaudi.Hpu.Execution.Sampling;

/// <summary>Where a draw stands in its sequence: it sees the tokens before it and none after.</summary>
/// <param name="Sequence">Its sampling parameters are not null.</param>
/// <param name="Row">Which of the step's tokens the logits are of.</param>
internal readonly record struct DrawPlace(SequenceStep Sequence, int Row)
{
    /// <summary>How to draw.</summary>
    public SamplingParameters Parameters => Sequence.Sampling!;

    /// <summary>The only tokens that may be drawn; null allows all.</summary>
    public TokenMask? Mask => Sequence.MaskAfter(Row);

    /// <summary>The position drawn for: one past the row's.</summary>
    public int Position => Sequence.FirstPosition + Row + 1;

    /// <summary>Tokens of the answer before the draw.</summary>
    public int GeneratedCount => Position - Sequence.PromptTokenCount;

    /// <summary>The token at a position before the draw's.</summary>
    /// <exception cref="InvariantBrokenException">The step does not carry it.</exception>
    public int TokenAt(int position)
    {
        var index = position - Sequence.FirstPosition;
        if (index >= 0)
            return Sequence.TokenIds[index];
        Invariant.That(
            Sequence.History.Length == Sequence.FirstPosition,
            $"sequence {Sequence.SequenceId}: {Sequence.FirstPosition} tokens of history, not {Sequence.History.Length}");
        return Sequence.History[position];
    }
}
