namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>The positions a query sees: all from the first to its own.</summary>
/// <param name="First">0, or later where a window hides the beginning.</param>
/// <param name="Last">The query's own position.</param>
internal readonly record struct SeenPositions(int First, int Last)
{
    /// <summary>What a position sees.</summary>
    /// <param name="position">The query's own.</param>
    /// <param name="windowTokens">How many positions a windowed layer sees, its own among them; null sees all.</param>
    public static SeenPositions Of(int position, int? windowTokens) =>
        new(Math.Max(0, position + 1 - (windowTokens ?? int.MaxValue)), position);
}
