namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>What is done to the scores of one head before and in their softmax.</summary>
/// <param name="Scale">Multiplies every score.</param>
/// <param name="SoftCap">Then caps it softly; null caps nothing.</param>
/// <param name="Sink">One more score, neither scaled nor capped; minus infinity where there is none.</param>
internal readonly record struct ScoreShape(float Scale, float? SoftCap, float Sink);
