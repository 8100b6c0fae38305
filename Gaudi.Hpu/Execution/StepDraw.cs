namespace Gaudi.Hpu.Execution;

/// <summary>A row of a pass whose logits are wanted, to draw from or to score the prompt's next token; or its hidden state.</summary>
/// <param name="Row">In the pass.</param>
/// <param name="SequenceIndex">In the plan.</param>
/// <param name="TokenIndex">In the sequence's tokens.</param>
internal readonly record struct StepDraw(int Row, int SequenceIndex, int TokenIndex);
