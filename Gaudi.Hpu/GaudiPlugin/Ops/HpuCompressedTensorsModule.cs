using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Quantization;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>The module `hpu_compressed_tensors`: linear layers of compressed-tensors checkpoints.</summary>
public static class HpuCompressedTensorsModule
{
    /// <summary>Its name in reports.</summary>
    public const string Name = "hpu_compressed_tensors";

    /// <summary>Replaces CompressedTensorsWNA16 and CompressedTensorsW8A8Int8.</summary>
    public static void Register(ModuleRegistration module)
    {
        module.Replace<PackedIntLinearMethod, HpuPackedIntLinearMethod>();
        module.Replace<WholeLinearMethod, HpuWholeLinearMethod>();
    }
}
