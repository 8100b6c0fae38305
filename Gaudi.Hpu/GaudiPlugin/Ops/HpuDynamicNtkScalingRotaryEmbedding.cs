using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>A raised base: heads are turned in place of a copy.</summary>
public sealed class HpuDynamicNtkScalingRotaryEmbedding(OpSpec spec) : DynamicNtkScalingRotaryEmbedding(spec)
{
    /// <inheritdoc />
    protected override RotaryForward ForwardOutOfTree => (positions, query, key) =>
    {
        using var scope = NewDisposeScope();
        var (table, rows) = Angles(positions);
        var turned = HeadTurning.Run(Spec, table, rows, query, key);
        return new RotaryOutput(scope.MoveToOuter(turned.Query), scope.MoveToOuter(turned.Key));
    };
}
