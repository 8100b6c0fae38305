namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Sizes of a state space layer, over all ranks or of one.</summary>
/// <param name="HeadCount">Heads; each has one decay, one time step a token and one state.</param>
/// <param name="HeadDim">Inputs of a head.</param>
/// <param name="GroupCount">How many B and C there are a token; neighbouring heads share one.</param>
/// <param name="StateSize">N: length of a B and a C.</param>
/// <param name="ConvWidth">Inputs each convolved value sees, its own among them.</param>
/// <param name="ChunkTokens">
/// Q: positions 0 .. Q-1, Q .. 2Q-1 and so on of a prompt are computed from the state at the chunk's beginning. A power
/// of two. It changes results by rounding alone: a small one carries fewer inputs between steps.
/// </param>
public sealed record MambaSizes(
    int HeadCount, int HeadDim, int GroupCount, int StateSize, int ConvWidth, int ChunkTokens)
{
    /// <summary>Values of x a token: heads * headDim.</summary>
    public int InnerSize => HeadCount * HeadDim;

    /// <summary>Values of B, and of C, a token: groups * N.</summary>
    public int GroupedSize => GroupCount * StateSize;

    /// <summary>Values the convolution runs over: x | B | C.</summary>
    public int ChannelCount => InnerSize + (2 * GroupedSize);

    /// <summary>Heads that share a B and a C.</summary>
    internal int HeadsPerGroup => HeadCount / GroupCount;

    /// <summary>Headdim in memory: a multiple of 8, the rest zero.</summary>
    internal int PaddedHeadDim => Padded(HeadDim);

    /// <summary>N in memory: a multiple of 8, the rest zero.</summary>
    internal int PaddedStateSize => Padded(StateSize);

    /// <summary>x in memory.</summary>
    internal int PaddedInner => HeadCount * PaddedHeadDim;

    /// <summary>B, or C, in memory.</summary>
    internal int PaddedGrouped => GroupCount * PaddedStateSize;

    /// <summary>x | B | C in memory.</summary>
    internal int PaddedChannels => PaddedInner + (2 * PaddedGrouped);

    /// <summary>One rank's part: its heads and their groups; a single group is every rank's.</summary>
    /// <param name="worldSize">Ranks.</param>
    /// <param name="prefix">Of the layer, for the message.</param>
    /// <exception cref="InvariantBrokenException">The sizes are none of a layer, or do not split.</exception>
    public MambaSizes OfRank(int worldSize, string prefix)
    {
        Invariant.That(
            HeadCount > 0 && HeadDim > 0 && GroupCount > 0 && StateSize > 0 && ConvWidth > 0,
            $"{prefix}: sizes over 0, not {this}; check config.json");
        Invariant.That(
            ChunkTokens > 0 && int.IsPow2(ChunkTokens),
            $"{prefix}: a chunk is a power of two of tokens, not {ChunkTokens}; choose one such as 256");
        Invariant.That(
            HeadCount % GroupCount == 0,
            $"{prefix}: {HeadCount} heads cannot share {GroupCount} groups evenly; check config.json");
        Invariant.That(
            HeadCount % worldSize == 0,
            $"{prefix}: {HeadCount} heads do not split over {worldSize} ranks; choose a tensor-parallel size that "
            + "divides them");
        Invariant.That(
            GroupCount == 1 || GroupCount % worldSize == 0,
            $"{prefix}: {GroupCount} groups do not split over {worldSize} ranks; choose a tensor-parallel size that "
            + "divides them (a single group may stay whole on every rank)");
        return this with
        {
            HeadCount = HeadCount / worldSize,
            GroupCount = GroupCount == 1 ? 1 : GroupCount / worldSize,
        };
    }

    private static int Padded(int count) => (count + 7) / 8 * 8;
}
