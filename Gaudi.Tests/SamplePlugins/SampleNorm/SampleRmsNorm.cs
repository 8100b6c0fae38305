using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace SampleNorm;

/// <summary>The norm again, divided by the root instead of multiplied by its inverse.</summary>
public sealed class SampleRmsNorm(OpSpec spec) : RmsNorm(spec)
{
    /// <inheritdoc />
    protected override NormForward ForwardOutOfTree => (x, residual) =>
    {
        CheckShapes(x, residual);
        using var scope = NewDisposeScope();
        var sum = residual is null ? x : x + residual; // [..., hidden]
        var wide = sum.to_type(ScalarType.Float32); // [..., hidden]
        var root = ((wide * wide).mean([-1], keepdim: true) + Spec.Epsilon).sqrt(); // [..., 1]
        var y = (wide / root * Scale()).to_type(x.dtype); // [..., hidden]
        return new NormOutput(scope.MoveToOuter(y), residual is null ? null : scope.MoveToOuter(sum));
    };
}
