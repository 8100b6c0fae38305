namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What the random numbers of a sampled row are a function of.</summary>
/// <param name="Seed">The request's.</param>
/// <param name="Choice">Which of its choices.</param>
/// <param name="FirstPosition">The position of the row's first draft; the others follow it.</param>
public readonly record struct DrawKey(long Seed, int Choice, int FirstPosition);
