using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Quantization;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>The module `hpu_awq`: linear layers of AWQ checkpoints.</summary>
public static class HpuAwqModule
{
    /// <summary>Its name in reports.</summary>
    public const string Name = "hpu_awq";

    /// <summary>Replaces AWQLinearMethod.</summary>
    public static void Register(ModuleRegistration module) => module.Replace<AwqLinearMethod, HpuAwqLinearMethod>();
}
