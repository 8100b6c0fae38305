using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Quantization;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>A float8 weight's product that reads the codes themselves.</summary>
public sealed class HpuFp8LinearMethod(OpSpec spec) : Fp8LinearMethod(spec)
{
    /// <inheritdoc />
    protected override ProductForward ForwardOutOfTree => (x, _, isApart) =>
    {
        using var rows = Rows(x); // [tokens, inputs]
        return PanelProduct.Run(rows, new Fp8Panels(Weight), Boundaries, isApart);
    };

    /// <inheritdoc />
    public override long ScratchBytes(int rowCount) =>
        Dispatch == OpDispatch.OutOfTree ? PanelProduct.ScratchBytes(rowCount) + RowBytes(rowCount) : base.ScratchBytes(rowCount);
}
