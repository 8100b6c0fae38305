namespace Gaudi.Hpu.Ops.InTree;

/// <summary>A linear layer that every rank holds whole, such as a router's: no communication, the same outputs everywhere.</summary>
[OpName("ReplicatedLinear", "replicated_linear")]
public class ReplicatedLinear(OpSpec spec) : ParallelLinear(spec, LinearSplit.Nothing)
{
    /// <inheritdoc />
    protected override LinearForward ForwardNative => (x, role) => Finish(Product(x, role), x);
}
