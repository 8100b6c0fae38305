namespace Gaudi.Hpu.Execution;

/// <summary>Takes the hidden state of one row that was wanted.</summary>
/// <param name="row">Which one.</param>
/// <param name="state">[hidden], float32, after the final norm. Valid during the call.</param>
internal delegate void HiddenReader(StepDraw row, ReadOnlySpan<float> state);
