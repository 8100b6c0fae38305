using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>The module `hpu_grouped_topk_router`: routing with groups.</summary>
public static class HpuGroupedTopkRouterModule
{
    /// <summary>Its name in reports.</summary>
    public const string Name = "hpu_grouped_topk_router";

    /// <summary>Replaces GroupedTopk.</summary>
    public static void Register(ModuleRegistration module) => module.Replace<GroupedTopk, HpuGroupedTopk>();
}
