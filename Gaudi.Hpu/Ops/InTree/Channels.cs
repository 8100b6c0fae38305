namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Copies rows of x | B | C between their dense and their padded form.</summary>
internal static unsafe class Channels
{
    /// <summary>One section, dense, to its place in a padded row.</summary>
    /// <param name="sizes">Of one rank.</param>
    /// <param name="section">0 for x, 1 for B, 2 for C.</param>
    /// <param name="from">The section's values.</param>
    /// <param name="row">[channels padded]. Padding is left as it is.</param>
    public static void Spread(MambaSizes sizes, int section, float* from, float* row)
    {
        if (section == 0)
            Copy(from, sizes.HeadDim, row, sizes.PaddedHeadDim, sizes.HeadDim, sizes.HeadCount);
        else
            Copy(
                from, sizes.StateSize, row + sizes.PaddedInner + ((section - 1) * sizes.PaddedGrouped),
                sizes.PaddedStateSize, sizes.StateSize, sizes.GroupCount);
    }

    /// <summary>A whole dense row to a padded one.</summary>
    public static void Spread(MambaSizes sizes, float* from, float* row)
    {
        Spread(sizes, 0, from, row);
        Spread(sizes, 1, from + sizes.InnerSize, row);
        Spread(sizes, 2, from + sizes.InnerSize + sizes.GroupedSize, row);
    }

    private static void Copy(float* from, int fromStride, float* to, int toStride, int length, int count)
    {
        for (var i = 0; i < count; i++)
            new Span<float>(from + (i * fromStride), length).CopyTo(new Span<float>(to + (i * toStride), length));
    }
}
