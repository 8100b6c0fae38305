using Gaudi.Hpu.Ops;

namespace Gaudi.Tests.Hpu.Ops;

/// <summary>An op whose forwards say their own names. It overrides none of those that fall back.</summary>
[OpName("ProbeOp", "probe_op")]
public class ProbeOp(ProbeSpec spec) : CustomOp<Func<string>>(spec)
{
    protected override Func<string> ForwardNative => () => "native";
}
