using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// Adapters of a linear layer or an output head, whatever keeps the layer's own weight. Where the ranks divide the inputs, A x
/// is summed over the layer's own 8 shards and the ranks' parts are added in the same tree: one more all-reduce of [rows with
/// an adapter, highest rank] floats. B is whole on every rank there, so that 1, 2, 4 and 8 ranks give the same bits.
/// </summary>
[OpName("BaseLinearLayerWithLoRA", "base_linear_layer_with_lora")]
public class LinearWithLora : LoraLayer
{
    private readonly int[] _boundaries;

    /// <summary>Takes a <see cref="LoraSpec"/>.</summary>
    public LinearWithLora(OpSpec spec) : base(spec) => _boundaries = Spec.Boundaries;

    /// <inheritdoc />
    protected override LoraForward ForwardNative => (sums, x) => Add(sums, x, PlainProduct.Of);

    private protected override long ABytes(LoraTarget target) =>
        PackedMatrix.BytesOf(Spec.Room.RankMax, target.InputCount, Spec.Dtype);

    private protected override PackedMatrix NewA(LoraTarget target) =>
        new(Spec.Room.RankMax, target.InputCount, Spec.Dtype, Spec.Device);

    private protected override Tensor Shrink(Tensor rows, PackedMatrix a, LoraProduct product) => product(rows, a, _boundaries);
}
