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
            "dynamic" => ops.Rotary<DynamicNtkScalingRotaryEmbedding>(plain with { Scaling = new DynamicRotaryScaling(factor, original) }),
            "llama3" => ops.Rotary<Llama3RotaryEmbedding>(plain with
            {
                Scaling = new Llama3RotaryScaling(
                    factor, scaling.LowFrequencyFactor!.Value, scaling.HighFrequencyFactor!.Value, original),
            }),
            "yarn" when config.Mla is not null => ops.Rotary<DeepseekScalingRotaryEmbedding>(
                plain with { Scaling = Yarn(scaling, original, DeepseekValueFactor(scaling)) }),
            "yarn" => ops.Rotary<YarnScalingRotaryEmbedding>(
                plain with { Scaling = Yarn(scaling, original, YarnValueFactor(scaling)) }),
            "longrope" => ops.Rotary<Phi3LongRopeScaledRotaryEmbedding>(plain with { Scaling = Long(config, scaling, original) }),
            "mrope" => ops.Rotary<MRotaryEmbedding>(plain with { Scaling = scaling.RotarySections }),
            _ => throw new UnreachableException($"rotary scaling {scaling.Type}"),
        };
    }

    private static YarnRotaryScaling Yarn(RopeScaling scaling, int original, double valueFactor) => new(
        scaling.Factor ?? 1, original, scaling.BetaFast ?? 32, scaling.BetaSlow ?? 1, scaling.AttentionFactor ?? valueFactor,
        scaling.IsTruncated);

    // The weights count only where the file has both.
    private static double YarnValueFactor(RopeScaling scaling) =>
        scaling is { Factor: { } factor, ValueScale: > 0 and var value, AllDimensionsScale: > 0 and var all }
            ? YarnRotaryScaling.Magnitude(factor, value) / YarnRotaryScaling.Magnitude(factor, all)
            : YarnRotaryScaling.Magnitude(scaling.Factor ?? 1);

    // DeepSeek's weights are 1 and 0 where the file is silent, and a weight of 0 is a magnitude of 1.
    private static double DeepseekValueFactor(RopeScaling scaling)
    {
        var factor = scaling.Factor ?? 1;
        return YarnRotaryScaling.Magnitude(factor, scaling.ValueScale ?? 1)
            / YarnRotaryScaling.Magnitude(factor, scaling.AllDimensionsScale ?? 0);
    }

    // Unless the file says otherwise, values grow with the logarithm of how much longer the context became; `factor` is not it.
    private static LongRotaryScaling Long(ModelConfig config, RopeScaling scaling, int original)
    {
        var stretch = config.MaxPositionEmbeddings / (double)original;
        var grown = scaling.AttentionFactor
            ?? (stretch <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(stretch) / Math.Log(original))));
        return new LongRotaryScaling(
            scaling.ShortFactors, scaling.LongFactors, original, scaling.ShortValueFactor ?? grown,
            scaling.LongValueFactor ?? grown);
    }
}
