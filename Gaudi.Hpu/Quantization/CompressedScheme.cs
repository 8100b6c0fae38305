namespace Gaudi.Hpu.Quantization;

/// <summary>How a group of layers of a compressed-tensors checkpoint is stored.</summary>
public enum CompressedScheme
{
    /// <summary>In a way that is not built.</summary>
    Other,

    /// <summary>4-bit codes, eight in a word, with a scale for each group of inputs.</summary>
    PackedInt,

    /// <summary>8-bit whole numbers with a scale for each output.</summary>
    Whole,

    /// <summary>Fp8 e4m3 with a scale for the weight, each output or each block; activations are rounded, too.</summary>
    Fp8,
}
