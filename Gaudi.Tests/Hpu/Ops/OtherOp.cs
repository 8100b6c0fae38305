using Gaudi.Hpu.Ops;

namespace Gaudi.Tests.Hpu.Ops;

/// <summary>An op that shares nothing with <see cref="ProbeOp"/>.</summary>
[OpName("OtherOp", "other_op")]
public class OtherOp(ProbeSpec spec) : CustomOp<Func<string>>(spec)
{
    protected override Func<string> ForwardNative => () => "other";
}
