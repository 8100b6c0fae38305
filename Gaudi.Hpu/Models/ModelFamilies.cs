using System.Diagnostics;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Models;

/// <summary>From an architecture's name to the family that builds it.</summary>
internal static class ModelFamilies
{
    /// <summary>The model of one rank, its weights not yet loaded.</summary>
    /// <param name="config">Already checked: see <see cref="ModelLimits"/>.</param>
    /// <param name="ops">Builds its ops.</param>
    /// <param name="maxPositions">Positions the rotary table serves.</param>
    public static DecoderModel Build(ModelConfig config, LayerOps ops, int maxPositions)
    {
        var rotary = Rotary(config, ops, maxPositions);
        return config.Architecture switch
        {
            "LlamaForCausalLM" => LlamaModel.Build(config, ops, rotary),
            "Qwen2ForCausalLM" => Qwen2Model.Build(config, ops, rotary),
            "Qwen3ForCausalLM" => Qwen3Model.Build(config, ops, rotary),
            _ => throw new UnreachableException($"architecture {config.Architecture}"),
        };
    }

    private static RotaryEmbedding Rotary(ModelConfig config, LayerOps ops, int maxPositions)
    {
        var spec = new RotarySpec(
            "model.rotary_emb", ops.Dtype, ops.Device, config.HeadDim, config.HeadDim, maxPositions, config.RopeTheta,
            IsNeox: true);
        var scaled = config.RopeScaling is { } scaling
            ? spec with
            {
                Scaling = new RotaryScaling(
                    scaling.Factor ?? 1, scaling.LowFrequencyFactor ?? 1, scaling.HighFrequencyFactor ?? 4,
                    scaling.OriginalMaxPositionEmbeddings ?? config.MaxPositionEmbeddings),
            }
            : spec;
        return config.RopeScaling?.Type switch
        {
            null => ops.Rotary<RotaryEmbedding>(scaled),
            "linear" => ops.Rotary<LinearScalingRotaryEmbedding>(scaled),
            "llama3" => ops.Rotary<Llama3RotaryEmbedding>(scaled),
            _ => throw new UnreachableException($"rotary scaling {config.RopeScaling!.Type}"),
        };
    }
}
