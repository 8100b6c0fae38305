namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// Rotary embedding whose base is raised for a longer context: base * (f L' / L - (f - 1))^(d / (d - 2)), with L the first
/// training's length and L' the longest served, L at least. One L' holds for all sequences, so that no bit depends on how long
/// one is by now.
/// </summary>
/// <remarks>
/// Source: the NTK-aware scaling of Peng et al. 2023 (YaRN), section 3.1, and huggingface/transformers, modeling_rope_utils.py,
/// which puts the sequence's length for L' (read 2026-11). Where all f L positions are served it is vLLM's f^2 - f + 1.
/// </remarks>
[OpName("DynamicNTKScalingRotaryEmbedding", "rotary_embedding_dynamic_ntk")]
public class DynamicNtkScalingRotaryEmbedding(OpSpec spec) : RotaryEmbedding(spec)
{
    /// <inheritdoc />
    protected override float[] InverseFrequencies()
    {
        var (factor, original) = (DynamicRotaryScaling)Spec.Scaling!;
        var dim = Spec.RotaryDim;
        var stretch = Math.Max(Spec.MaxPositions, original) / (double)original;
        return Frequencies(Spec.Theta * Math.Pow((factor * stretch) - (factor - 1), dim / (dim - 2.0)), dim);
    }
}
