using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>The module `hpu_rotary_embedding`: so far the base class; the scaling classes run in-tree.</summary>
public static class HpuRotaryEmbeddingModule
{
    /// <summary>Its name in reports.</summary>
    public const string Name = "hpu_rotary_embedding";

    /// <summary>Replaces RotaryEmbedding.</summary>
    public static void Register(ModuleRegistration module) => module.Replace<RotaryEmbedding, HpuRotaryEmbedding>();
}
