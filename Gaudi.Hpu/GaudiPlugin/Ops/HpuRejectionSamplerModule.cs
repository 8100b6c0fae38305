using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>The module `hpu_rejection_sampler`: the verification of drafts.</summary>
public static class HpuRejectionSamplerModule
{
    /// <summary>Its name in reports.</summary>
    public const string Name = "hpu_rejection_sampler";

    /// <summary>Replaces RejectionSampler.</summary>
    public static void Register(ModuleRegistration module) => module.Replace<RejectionSampler, HpuRejectionSampler>();
}
