namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// Rotary embedding of Llama 3.1: long waves are divided by the factor, short ones left alone, those between blended.
/// </summary>
[OpName("Llama3RotaryEmbedding", "rotary_embedding_llama3")]
public class Llama3RotaryEmbedding(OpSpec spec) : RotaryEmbedding(spec)
{
    /// <inheritdoc />
    protected override float[] InverseFrequencies()
    {
        var scaling = (Llama3RotaryScaling)Spec.Scaling!;
        return [.. base.InverseFrequencies().Select(frequency => Scale(frequency, scaling))];
    }

    private static float Scale(float frequency, Llama3RotaryScaling scaling)
    {
        var turns = scaling.OriginalMaxPositions * frequency / (2 * Math.PI); // full turns in the first context length
        var blend = Math.Clamp(
            (turns - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor), 0, 1);
        return (float)(((1 - blend) * frequency / scaling.Factor) + (blend * frequency));
    }
}
