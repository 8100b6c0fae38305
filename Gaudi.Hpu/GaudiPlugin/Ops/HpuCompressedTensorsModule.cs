using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Quantization;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>The module `hpu_compressed_tensors`: layers of compressed-tensors checkpoints.</summary>
public static class HpuCompressedTensorsModule
{
    /// <summary>Its name in reports.</summary>
    public const string Name = "hpu_compressed_tensors";

    /// <summary>Replaces the linear methods in 4-bit codes, whole numbers and float8, and experts in the first and the last.</summary>
    public static void Register(ModuleRegistration module)
    {
        module.Replace<PackedIntLinearMethod, HpuPackedIntLinearMethod>();
        module.Replace<WholeLinearMethod, HpuWholeLinearMethod>();
        module.Replace<CompressedFp8LinearMethod, HpuCompressedFp8LinearMethod>();
        module.Replace<CompressedFp8FusedMoe, HpuCompressedFp8FusedMoe>();
        module.Replace<PackedIntFusedMoe, HpuPackedIntFusedMoe>();
    }
}
