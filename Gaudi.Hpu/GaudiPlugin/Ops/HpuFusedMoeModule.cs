using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>The module `hpu_fused_moe`: routing without groups, and the experts.</summary>
public static class HpuFusedMoeModule
{
    /// <summary>Its name in reports.</summary>
    public const string Name = "hpu_fused_moe";

    /// <summary>Replaces FusedTopKRouter and UnquantizedFusedMoEMethod.</summary>
    public static void Register(ModuleRegistration module)
    {
        module.Replace<FusedTopkRouter, HpuFusedTopkRouter>();
        module.Replace<FusedMoe, HpuFusedMoe>();
    }
}
