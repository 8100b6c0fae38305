using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace SampleThrowing;

/// <summary>Must never run: its entry point throws after asking for it.</summary>
public sealed class ThrowingRmsNorm(OpSpec spec) : RmsNorm(spec)
{
    /// <inheritdoc />
    protected override NormForward ForwardOutOfTree =>
        throw new InvalidOperationException("an op of an entry point that threw is in force");
}
