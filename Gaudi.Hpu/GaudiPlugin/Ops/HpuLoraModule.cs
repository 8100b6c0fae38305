using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>The module `hpu_lora`: adapters of linear layers, heads and embeddings.</summary>
public static class HpuLoraModule
{
    /// <summary>Its name in reports.</summary>
    public const string Name = "hpu_lora";

    /// <summary>Replaces VocabParallelEmbeddingWithLoRA and BaseLinearLayerWithLoRA.</summary>
    public static void Register(ModuleRegistration module)
    {
        module.Replace<VocabParallelEmbeddingWithLora, HpuVocabParallelEmbeddingWithLora>();
        module.Replace<LinearWithLora, HpuLinearWithLora>();
    }
}
