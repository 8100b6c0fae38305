using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>The mixer with chunks as matrix products.</summary>
public sealed class HpuMambaMixer2(OpSpec spec) : MambaMixer2(spec)
{
    /// <inheritdoc />
    protected override MambaForward ForwardOutOfTree => (states, dt, state, rows) =>
    {
        using var scan = new ChunkedMambaScan(Sizes);
        return Run(states, dt, state, rows, scan);
    };
}
