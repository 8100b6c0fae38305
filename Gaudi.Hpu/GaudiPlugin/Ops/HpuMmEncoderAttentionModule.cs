using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>The module `hpu_mm_encoder_attention`: attention of vision encoders.</summary>
public static class HpuMmEncoderAttentionModule
{
    /// <summary>Its name in reports.</summary>
    public const string Name = "hpu_mm_encoder_attention";

    /// <summary>Replaces MMEncoderAttention.</summary>
    public static void Register(ModuleRegistration module) =>
        module.Replace<MmEncoderAttention, HpuMmEncoderAttention>();
}
