namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// Rotary embedding of patches in a square: neighbours are pairs; the first half of a head's pairs turns by the patch's
/// column + 1, the second by its row + 1. The last position is the class token's, which does not turn.
/// </summary>
/// <remarks>
/// Source: Meta 2025 (Llama 4), the vision encoder as vLLM and huggingface/transformers read it, in real arithmetic. MaxPositions
/// is patches + 1, RotaryDim the whole head. No family of this build has that encoder yet: no model folder reaches this class.
/// </remarks>
[OpName("Llama4VisionRotaryEmbedding", "rotary_embedding_llama4_vision")]
public class Llama4VisionRotaryEmbedding(OpSpec spec) : RotaryEmbedding(spec)
{
    /// <inheritdoc />
    protected override float[] InverseFrequencies()
    {
        Invariant.That(
            Spec.RotaryDim == Spec.HeadSize && Spec.HeadSize % 4 == 0 && !Spec.IsNeox && Side * Side == Spec.MaxPositions - 1,
            $"{Spec.Prefix}: a square of patches and a class token, whole heads of a multiple of 4, pairs of neighbours");
        return Frequencies(Spec.Theta, Spec.HeadSize / 2);
    }

    /// <inheritdoc />
    protected override void FillAngles(int position, ReadOnlySpan<float> frequencies, Span<float> angles)
    {
        if (position == Spec.MaxPositions - 1)
        {
            angles.Clear();
            return;
        }
        var (row, column) = (position / Side, position % Side);
        for (var i = 0; i < frequencies.Length; i++)
        {
            angles[i] = (column + 1) * frequencies[i];
            angles[frequencies.Length + i] = (row + 1) * frequencies[i];
        }
    }

    private int Side => (int)Math.Sqrt(Spec.MaxPositions - 1);
}
