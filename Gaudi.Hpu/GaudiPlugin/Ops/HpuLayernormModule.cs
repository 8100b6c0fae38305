using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>The module `hpu_layernorm`: the RMS norms.</summary>
public static class HpuLayernormModule
{
    /// <summary>Its name in reports.</summary>
    public const string Name = "hpu_layernorm";

    /// <summary>Replaces RMSNorm and GemmaRMSNorm.</summary>
    public static void Register(ModuleRegistration module)
    {
        module.Replace<RmsNorm, HpuRmsNorm>();
        module.Replace<GemmaRmsNorm, HpuGemmaRmsNorm>();
    }
}
