namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Which axis of a position turns which pair of dimensions; together they are all pairs.</summary>
/// <param name="Time">Pairs turned by the time.</param>
/// <param name="Row">By the row.</param>
/// <param name="Column">By the column.</param>
/// <param name="IsInterleaved">
/// False: one axis after another. True: pairs 1, 4, 7 .. turn by the row and 2, 5, 8 .. by the column, as many as each has, the
/// others by the time.
/// </param>
/// <remarks>Source: Wang et al. 2024 (Qwen2-VL), section 2.1; the interleaved form is Qwen3-VL's.</remarks>
public sealed record RotarySections(int Time, int Row, int Column, bool IsInterleaved) : RotaryScaling
{
    /// <summary>Whether the sections are all of so many pairs, and each axis turns as many as its section says.</summary>
    public bool Fits(int pairs) => (long)Time + Row + Column == pairs
        && (!IsInterleaved || (Row <= RowsMax(pairs) && Column <= ColumnsMax(pairs)));

    /// <summary>Most pairs that rows can turn where axes take turns: those of 1, 4, 7 .. that are there.</summary>
    public static int RowsMax(int pairs) => (pairs + 1) / 3;

    /// <summary>Most that columns can: those of 2, 5, 8 ..</summary>
    public static int ColumnsMax(int pairs) => pairs / 3;

    /// <summary>The axis of a pair: 0 time, 1 row, 2 column.</summary>
    public int AxisOf(int pair) => IsInterleaved
        ? (pair % 3 == 1 && pair < 3 * Row ? 1 : pair % 3 == 2 && pair < 3 * Column ? 2 : 0)
        : pair < Time ? 0 : pair < Time + Row ? 1 : 2;
}
