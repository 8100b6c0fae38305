namespace Gaudi.Hpu.Execution;

/// <summary>Takes the logits of one row that were wanted.</summary>
/// <param name="draw">Which row.</param>
/// <param name="logits">[vocabulary], raw. Valid during the call.</param>
internal delegate void LogitsReader(StepDraw draw, ReadOnlySpan<float> logits);
