namespace Gaudi.Hpu.Execution;

/// <summary>A row of a pass whose logits the next token of a sequence is drawn from.</summary>
/// <param name="Row">In the pass.</param>
/// <param name="SequenceIndex">In the plan.</param>
internal readonly record struct StepDraw(int Row, int SequenceIndex);
