using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Quantization;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>An 8-bit weight's product that reads the numbers themselves.</summary>
public sealed class HpuWholeLinearMethod(OpSpec spec) : WholeLinearMethod(spec)
{
    /// <inheritdoc />
    protected override ProductForward ForwardOutOfTree => (x, _, isApart) =>
        PanelProduct.Run(x, new WholePanels(Weight), Boundaries, isApart);

    /// <inheritdoc />
    public override long ScratchBytes(int rowCount) =>
        Dispatch == OpDispatch.OutOfTree ? PanelProduct.ScratchBytes(rowCount) : base.ScratchBytes(rowCount);
}
