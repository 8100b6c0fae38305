namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What an expert makes of its gate g and its up projection u.</summary>
public enum MoeActivation
{
    /// <summary>g / (1 + e^-g) * u.</summary>
    Silu,

    /// <summary>gelu(g) * u in the tanh form, which is g / (1 + e^-2z) with z = sqrt(2/pi) (g + 0.044715 g^3).</summary>
    GeluTanh,

    /// <summary>
    /// With g at most 7 and u from -7 to 7: g / (1 + e^(-1.702 g)) * (u + 1). Source: gpt-oss; op modules 4.3.
    /// </summary>
    SwigluOai,
}
