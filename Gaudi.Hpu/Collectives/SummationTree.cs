using System.Numerics;
using System.Runtime.InteropServices;

namespace Gaudi.Hpu.Collectives;

/// <summary>
/// The one order in which parts are added: neighbours first, ((p0+p1)+(p2+p3))+((p4+p5)+(p6+p7)), an odd one carried up.
/// Ranks of every transport and the shards of a row-parallel linear are added by it, so their bits agree: the tree over
/// 8 shards is the tree over the ranks' own subtrees, for 1, 2, 4 and 8 ranks.
/// </summary>
public static class SummationTree
{
    /// <summary>Adds parts that lie one behind the other.</summary>
    /// <param name="parts">[partCount, partLength]. Overwritten; the sum is left in the first part.</param>
    /// <param name="partCount">At least 1.</param>
    public static void Reduce(Span<float> parts, int partCount)
    {
        Invariant.That(partCount >= 1 && parts.Length % partCount == 0, $"{parts.Length} values in {partCount} parts");
        var partLength = parts.Length / partCount;
        for (var stride = 1; stride < partCount; stride *= 2)
        {
            for (var part = 0; part + stride < partCount; part += 2 * stride)
                Add(parts.Slice(part * partLength, partLength), parts.Slice((part + stride) * partLength, partLength));
        }
    }

    private static void Add(Span<float> sum, ReadOnlySpan<float> more)
    {
        var sums = MemoryMarshal.Cast<float, Vector<float>>(sum);
        var mores = MemoryMarshal.Cast<float, Vector<float>>(more);
        for (var i = 0; i < sums.Length; i++)
            sums[i] += mores[i];
        for (var i = sums.Length * Vector<float>.Count; i < sum.Length; i++)
            sum[i] += more[i];
    }
}
