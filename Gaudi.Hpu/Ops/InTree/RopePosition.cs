namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Where a token stands for a rotary embedding of three axes; a text token has the same number on each.</summary>
/// <param name="Time">Order of texts and images.</param>
/// <param name="Row">In an image, counted on from where it begins.</param>
/// <param name="Column">As the row.</param>
public readonly record struct RopePosition(int Time, int Row, int Column);
