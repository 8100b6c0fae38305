namespace Gaudi.Hpu.Execution;

/// <summary>A row of a pass that an image's token stands in.</summary>
/// <param name="Row">In the pass.</param>
/// <param name="SequenceIndex">In the plan.</param>
/// <param name="ImageIndex">In the sequence.</param>
/// <param name="TokenIndex">In the image.</param>
internal readonly record struct ImageRow(int Row, int SequenceIndex, int ImageIndex, int TokenIndex);
