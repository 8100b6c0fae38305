using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Quantization;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>The module `hpu_fp8`: layers of checkpoints of `quant_method` fp8.</summary>
public static class HpuFp8Module
{
    /// <summary>Its name in reports.</summary>
    public const string Name = "hpu_fp8";

    /// <summary>Replaces Fp8LinearMethod and Fp8MoEMethod.</summary>
    public static void Register(ModuleRegistration module)
    {
        module.Replace<Fp8LinearMethod, HpuFp8LinearMethod>();
        module.Replace<Fp8FusedMoe, HpuFp8FusedMoe>();
    }
}
