using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace SampleFault;

/// <summary>The norm as it is, which throws, or ends its process as a native crash does, when it is told to.</summary>
public sealed class FaultyRmsNorm(OpSpec spec) : RmsNorm(spec)
{
    // Rows of a pass: a prompt of so many tokens is poison where `long-exit` stands.
    private const int LongRowCount = 200;

    /// <inheritdoc />
    protected override NormForward ForwardOutOfTree
    {
        get
        {
            var native = ForwardNative;
            return (x, residual) =>
            {
                if (FaultOrder.Take("step-throw"))
                    throw new InvalidOperationException("sample_fault was told to throw in a step");
                if (FaultOrder.Take("step-exit"))
                    Environment.FailFast("sample_fault was told to end its process in a step");
                if (x.shape[0] >= LongRowCount && FaultOrder.Stands("long-exit"))
                    Environment.FailFast("sample_fault ends the process of every pass this long");
                return native(x, residual);
            };
        }
    }
}
