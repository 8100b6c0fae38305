using System.Diagnostics;
using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>An expert's activation, one value after another, in float32.</summary>
internal static class ExpertActivation
{
    // sqrt(2 / pi), twice: the tanh form of gelu is x times the logistic of 2z.
    private const float TwoRootTwoOverPi = 1.59576912f;
    private const float GeluCubic = 0.044715f;
    private const float OaiAlpha = 1.702f;
    private const float OaiLimit = 7;

    /// <summary>The activated gate times the up projection.</summary>
    /// <param name="activation">Which.</param>
    /// <param name="gateUp">[2 * ffn]: gate, then up.</param>
    /// <param name="y">[ffn]. Overwritten.</param>
    public static void Fill(MoeActivation activation, ReadOnlySpan<float> gateUp, Span<float> y)
    {
        for (var i = 0; i < y.Length; i++)
            y[i] = Of(activation, gateUp[i], gateUp[y.Length + i]);
    }

    /// <summary>One value.</summary>
    public static float Of(MoeActivation activation, float gate, float up) => activation switch
    {
        MoeActivation.Silu => Gated(gate, gate) * up,
        MoeActivation.GeluTanh => Gated(gate, TwoRootTwoOverPi * (gate + (GeluCubic * gate * gate * gate))) * up,
        MoeActivation.SwigluOai => Oai(MathF.Min(gate, OaiLimit), Math.Clamp(up, -OaiLimit, OaiLimit)),
        _ => throw new UnreachableException($"activation {activation}"),
    };

    private static float Oai(float gate, float up) => Gated(gate, OaiAlpha * gate) * (up + 1);

    // x times the logistic of z.
    private static float Gated(float x, float z) => x / (1 + Exponential.Of(-z));
}
