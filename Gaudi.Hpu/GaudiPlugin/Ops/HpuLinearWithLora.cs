using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>Adapters' products four rows and sixteen outputs at a time; the sums are the native ones, so all bits are.</summary>
public sealed class HpuLinearWithLora(OpSpec spec) : LinearWithLora(spec)
{
    /// <inheritdoc />
    protected override LoraForward ForwardOutOfTree => (sums, x) => Add(sums, x, PackedProduct.Of);
}
