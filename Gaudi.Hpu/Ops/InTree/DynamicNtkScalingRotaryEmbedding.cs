namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// Rotary embedding whose base is raised for a context that is longer by the factor: base * (f^2 - f + 1)^(d / (d - 2)). The
/// form is static, as vLLM has it, so that no bit depends on how long a sequence is by now.
/// </summary>
/// <remarks>
/// Source: the NTK-aware scaling of Peng et al. 2023 (YaRN), section 3.1, with the context length L' = f L put into
/// (f L' / L - (f - 1)), as vLLM's class does.
/// </remarks>
[OpName("DynamicNTKScalingRotaryEmbedding", "rotary_embedding_dynamic_ntk")]
public class DynamicNtkScalingRotaryEmbedding(OpSpec spec) : RotaryEmbedding(spec)
{
    /// <inheritdoc />
    protected override float[] InverseFrequencies()
    {
        var factor = ((DynamicRotaryScaling)Spec.Scaling!).Factor;
        var dim = Spec.RotaryDim;
        return Frequencies(Spec.Theta * Math.Pow((factor * factor) - factor + 1, dim / (dim - 2.0)), dim);
    }
}
