using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>The module `hpu_rotary_embedding`: all nine classes, each by its own replacement.</summary>
public static class HpuRotaryEmbeddingModule
{
    /// <summary>Its name in reports.</summary>
    public const string Name = "hpu_rotary_embedding";

    /// <summary>Replaces the rotary embeddings.</summary>
    public static void Register(ModuleRegistration module)
    {
        module.Replace<RotaryEmbedding, HpuRotaryEmbedding>();
        module.Replace<LinearScalingRotaryEmbedding, HpuLinearScalingRotaryEmbedding>();
        module.Replace<DynamicNtkScalingRotaryEmbedding, HpuDynamicNtkScalingRotaryEmbedding>();
        module.Replace<YarnScalingRotaryEmbedding, HpuYarnScalingRotaryEmbedding>();
        module.Replace<DeepseekScalingRotaryEmbedding, HpuDeepseekScalingRotaryEmbedding>();
        module.Replace<Llama3RotaryEmbedding, HpuLlama3RotaryEmbedding>();
        module.Replace<Phi3LongRopeScaledRotaryEmbedding, HpuPhi3LongRopeScaledRotaryEmbedding>();
        module.Replace<Llama4VisionRotaryEmbedding, HpuLlama4VisionRotaryEmbedding>();
        module.Replace<MRotaryEmbedding, HpuMRotaryEmbedding>();
    }
}
