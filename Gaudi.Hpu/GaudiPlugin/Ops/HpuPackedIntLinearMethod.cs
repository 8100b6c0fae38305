using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Quantization;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>A packed 4-bit weight's product that reads the codes themselves.</summary>
public sealed class HpuPackedIntLinearMethod(OpSpec spec) : PackedIntLinearMethod(spec)
{
    /// <inheritdoc />
    protected override ProductForward ForwardOutOfTree => (x, _, isApart) =>
        PanelProduct.Run(x, new FourBitPanels(Weight), Boundaries, isApart);

    /// <inheritdoc />
    public override long ScratchBytes(int rowCount) =>
        Dispatch == OpDispatch.OutOfTree ? PanelProduct.ScratchBytes(rowCount) : base.ScratchBytes(rowCount);
}
