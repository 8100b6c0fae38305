using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Quantization;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>The module `hpu_gptq`: linear layers of GPTQ checkpoints.</summary>
public static class HpuGptqModule
{
    /// <summary>Its name in reports.</summary>
    public const string Name = "hpu_gptq";

    /// <summary>Replaces GPTQLinearMethod.</summary>
    public static void Register(ModuleRegistration module) => module.Replace<GptqLinearMethod, HpuGptqLinearMethod>();
}
