using Gaudi.Hpu.Ops;

namespace Gaudi.Tests.Hpu.Ops;

/// <summary>A plugin's replacement of <see cref="ProbeOp"/>.</summary>
public class PluginProbeOp(ProbeSpec spec) : ProbeOp(spec)
{
    protected override Func<string> ForwardOutOfTree => () => "plugin";
}
