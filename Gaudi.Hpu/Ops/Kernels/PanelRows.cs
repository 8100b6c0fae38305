namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>Rows of a weight into panels of 16 outputs, in each the 16 values of one column beside each other.</summary>
internal static unsafe class PanelRows
{
    /// <summary>Copies rows; what they do not cover stays.</summary>
    /// <param name="from">[rows, columns].</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="columnCount">Of a row.</param>
    /// <param name="to">[panels, columns, 16].</param>
    /// <param name="firstOutput">The output of the first row.</param>
    public static void Scatter<T>(T* from, long rowCount, int columnCount, T* to, int firstOutput) where T : unmanaged
    {
        const int Panel = PackedMatrix.PanelOutputs;
        for (var row = 0; row < rowCount; row++, from += columnCount)
        {
            var (panel, lane) = Math.DivRem(firstOutput + row, Panel);
            var at = to + ((long)panel * columnCount * Panel) + lane;
            for (var column = 0; column < columnCount; column++)
                at[(long)column * Panel] = from[column];
        }
    }
}
