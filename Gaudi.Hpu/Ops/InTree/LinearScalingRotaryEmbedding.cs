namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Rotary embedding with every position divided by the factor.</summary>
[OpName("LinearScalingRotaryEmbedding", "rotary_embedding_linear")]
public class LinearScalingRotaryEmbedding(OpSpec spec) : RotaryEmbedding(spec)
{
    /// <inheritdoc />
    protected override float[] InverseFrequencies()
    {
        var factor = ((LinearRotaryScaling)Spec.Scaling!).Factor;
        return [.. base.InverseFrequencies().Select(frequency => (float)(frequency / factor))];
    }
}
