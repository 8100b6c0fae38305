using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What a linear layer of each head by itself is built from.</summary>
/// <param name="Prefix">Checkpoint name without `.weight`.</param>
/// <param name="Dtype">Of activations and weight.</param>
/// <param name="Device">Where the weight lives.</param>
/// <param name="Lane">This rank's place in its group.</param>
/// <param name="HeadCount">Heads over all ranks.</param>
/// <param name="RowsPerHead">Rows of the checkpoint's weight that belong to a head.</param>
/// <param name="Rows">Those of them that this layer uses.</param>
/// <param name="ColumnCount">Columns of the checkpoint's weight.</param>
/// <param name="IsTransposed">False multiplies by the rows as they are, true by their transpose.</param>
public sealed record PerHeadSpec(
    string Prefix, ScalarType Dtype, Device Device, RankLane Lane, int HeadCount, int RowsPerHead, Range Rows, int ColumnCount,
    bool IsTransposed)
    : OpSpec(Prefix, Dtype, Device)
{
    /// <summary>Reads the checkpoint's weight where it is quantized, and belongs to the layer; null where it is plain.</summary>
    public ILinearMethod? Method { get; init; }

    /// <summary>Rows used of each head.</summary>
    public int RowCount => Rows.GetOffsetAndLength(RowsPerHead).Length;

    /// <summary>Values a head takes.</summary>
    public int InputSize => IsTransposed ? RowCount : ColumnCount;

    /// <summary>Values a head gives.</summary>
    public int OutputSize => IsTransposed ? ColumnCount : RowCount;
}
