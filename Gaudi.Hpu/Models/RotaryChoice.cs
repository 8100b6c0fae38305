using System.Diagnostics;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Models;

/// <summary>From config.json to the class of rotary embedding.</summary>
internal static class RotaryChoice
{
    /// <summary>The embedding of whole heads, or of the part of each that the model turns; halves are pairs.</summary>
    /// <param name="config">What the model folder says.</param>
    /// <param name="ops">Builds it.</param>
    /// <param name="maxPositions">Positions served.</param>
    public static RotaryEmbedding Build(ModelConfig config, LayerOps ops, int maxPositions) =>
        Build(config, ops, maxPositions, config.HeadDim, config.RotaryDim, isNeox: true);

    /// <summary>The embedding of heads of another size.</summary>
    /// <param name="config">What the model folder says.</param>
    /// <param name="ops">Builds it.</param>
    /// <param name="maxPositions">Positions served.</param>
    /// <param name="headSize">Dimensions of a head.</param>
    /// <param name="rotaryDim">How many of them turn.</param>
    /// <param name="isNeox">Whether halves are pairs, or neighbours.</param>
    public static RotaryEmbedding Build(
        ModelConfig config, LayerOps ops, int maxPositions, int headSize, int rotaryDim, bool isNeox)
    {
        var plain = new RotarySpec(
            "model.rotary_emb", ops.Dtype, ops.Device, headSize, rotaryDim, maxPositions, config.RopeTheta, isNeox);
        if (config.RopeScaling is not { } scaling)
            return ops.Rotary<RotaryEmbedding>(plain);
        var factor = scaling.Factor ?? 1;
        var original = scaling.OriginalMaxPositionEmbeddings ?? config.MaxPositionEmbeddings;
        return scaling.Type switch
        {
            "linear" => ops.Rotary<LinearScalingRotaryEmbedding>(plain with { Scaling = new LinearRotaryScaling(factor) }),
            "dynamic" => ops.Rotary<DynamicNtkScalingRotaryEmbedding>(plain with { Scaling = new DynamicRotaryScaling(factor) }),
            "llama3" => ops.Rotary<Llama3RotaryEmbedding>(plain with
            {
                Scaling = new Llama3RotaryScaling(
                    factor, scaling.LowFrequencyFactor ?? 1, scaling.HighFrequencyFactor ?? 4, original),
            }),
            "yarn" when config.Mla is not null =>
                ops.Rotary<DeepseekScalingRotaryEmbedding>(plain with { Scaling = Yarn(scaling, original) }),
            "yarn" => ops.Rotary<YarnScalingRotaryEmbedding>(plain with { Scaling = Yarn(scaling, original) }),
            "longrope" => ops.Rotary<Phi3LongRopeScaledRotaryEmbedding>(plain with { Scaling = Long(config, scaling, original) }),
            "mrope" => ops.Rotary<MRotaryEmbedding>(plain with
            {
                Scaling = new RotarySections(
                    scaling.Sections[0], scaling.Sections[1], scaling.Sections[2], scaling.IsInterleaved),
            }),
            _ => throw new UnreachableException($"rotary scaling {scaling.Type}"),
        };
    }

    private static YarnRotaryScaling Yarn(RopeScaling scaling, int original)
    {
        var factor = scaling.Factor ?? 1;
        var valueFactor = scaling.AttentionFactor
            ?? (scaling is { ValueScale: { } value, AllDimensionsScale: > 0 and var all }
                ? YarnRotaryScaling.Magnitude(factor, value) / YarnRotaryScaling.Magnitude(factor, all)
                : YarnRotaryScaling.Magnitude(factor));
        return new YarnRotaryScaling(
            factor, original, scaling.BetaFast ?? 32, scaling.BetaSlow ?? 1, valueFactor, scaling.IsTruncated);
    }

    // Unless the file says otherwise, values grow with the logarithm of how much longer the context became.
    private static LongRotaryScaling Long(ModelConfig config, RopeScaling scaling, int original)
    {
        var stretch = scaling.Factor ?? config.MaxPositionEmbeddings / (double)original;
        var grown = scaling.AttentionFactor
            ?? (stretch <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(stretch) / Math.Log(original))));
        return new LongRotaryScaling(scaling.ShortFactors, scaling.LongFactors, original, grown, grown);
    }
}
