namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>Sizes of a tiny Mamba-2 mixer.</summary>
internal sealed record MambaSizes(int Hidden, int Heads, int HeadDim, int Groups, int StateSize, int ConvWidth, double Epsilon)
{
    public int Inner => Heads * HeadDim;

    public int ConvDim => Inner + (2 * Groups * StateSize);

    /// <summary>Under a prefix such as `backbone.layers.0.mixer`.</summary>
    public IEnumerable<(string Name, int[] Shape)> Tensors(string prefix) =>
    [
        ($"{prefix}.in_proj.weight", [Inner + ConvDim + Heads, Hidden]),
        ($"{prefix}.conv1d.weight", [ConvDim, 1, ConvWidth]),
        ($"{prefix}.conv1d.bias", [ConvDim]),
        ($"{prefix}.dt_bias", [Heads]),
        ($"{prefix}.A_log", [Heads]),
        ($"{prefix}.D", [Heads]),
        ($"{prefix}.norm.weight", [Inner]),
        ($"{prefix}.out_proj.weight", [Hidden, Inner]),
    ];
}
