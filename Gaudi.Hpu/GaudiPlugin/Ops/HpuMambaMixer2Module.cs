using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>The module `hpu_mamba_mixer2`: the state space mixer and its gated norm.</summary>
public static class HpuMambaMixer2Module
{
    /// <summary>Its name in reports.</summary>
    public const string Name = "hpu_mamba_mixer2";

    /// <summary>Replaces MambaMixer2 and Mixer2RMSNormGated.</summary>
    public static void Register(ModuleRegistration module)
    {
        module.Replace<MambaMixer2, HpuMambaMixer2>();
        module.Replace<Mixer2RmsNormGated, HpuMixer2RmsNormGated>();
    }
}
