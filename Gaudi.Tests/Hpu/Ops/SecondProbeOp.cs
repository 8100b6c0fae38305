namespace Gaudi.Tests.Hpu.Ops;

/// <summary>Another plugin's replacement of <see cref="ProbeOp"/>.</summary>
public sealed class SecondProbeOp(ProbeSpec spec) : ProbeOp(spec)
{
    protected override Func<string> ForwardOutOfTree => () => "second";
}
