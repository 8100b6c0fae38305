using System.Collections.Immutable;

namespace Gaudi.Hpu.Quantization;

/// <summary>One of a compressed-tensors checkpoint's `config_groups`.</summary>
/// <param name="Targets">`Linear` for every linear layer, names, or `re:` and an expression.</param>
/// <param name="Scheme">How its weights are stored.</param>
/// <param name="GroupSize">Inputs that share a scale; -1 is all.</param>
/// <param name="IsSymmetric">Whether zero is always the same code.</param>
/// <param name="Told">The format as the file has it, for a message.</param>
public sealed record CompressedGroup(
    ImmutableArray<string> Targets, CompressedScheme Scheme, int GroupSize, bool IsSymmetric, string Told)
{
    /// <summary>Rows and columns that share a scale of float8 weights; empty where they lie in no blocks.</summary>
    public ImmutableArray<int> BlockSize { get; init; } = [];

    /// <summary>Whether the scales of activations are stored.</summary>
    public bool HasStaticInputs { get; init; }
}
