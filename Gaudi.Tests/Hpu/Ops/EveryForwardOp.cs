using Gaudi.Hpu.Ops;

namespace Gaudi.Tests.Hpu.Ops;

/// <summary>An op with a forward of its own for every platform.</summary>
[OpName("EveryForwardOp", "every_forward_op")]
public sealed class EveryForwardOp(ProbeSpec spec) : CustomOp<Func<string>>(spec)
{
    protected override Func<string> ForwardNative => () => "native";

    protected override Func<string> ForwardCuda => () => "cuda";

    protected override Func<string> ForwardHip => () => "hip";

    protected override Func<string> ForwardCpu => () => "cpu";

    protected override Func<string> ForwardTpu => () => "tpu";

    protected override Func<string> ForwardXpu => () => "xpu";

    protected override Func<string> ForwardOutOfTree => () => "oot";
}
