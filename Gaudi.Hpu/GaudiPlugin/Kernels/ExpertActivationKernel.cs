using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>
/// The activation between an expert's two products, eight values at a time, biases added on the way: the same arithmetic
/// for every value wherever it lies.
/// </summary>
internal static unsafe class ExpertActivationKernel
{
    /// <summary>Activates rows.</summary>
    /// <param name="activation">Which.</param>
    /// <param name="gateUp">[rows, 2 * size]: gate, then up, without bias.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="size">Intermediate size of this rank.</param>
    /// <param name="bias">[2 * size], or null.</param>
    /// <param name="y">[rows, size]. Overwritten.</param>
    public static void Run(MoeActivation activation, float* gateUp, int rowCount, int size, float* bias, float* y)
    {
        switch (activation)
        {
            case MoeActivation.Silu:
                Run<Silu>(gateUp, rowCount, size, bias, y);
                break;
            case MoeActivation.GeluTanh:
                Run<GeluTanh>(gateUp, rowCount, size, bias, y);
                break;
            case MoeActivation.SwigluOai:
                Run<SwigluOai>(gateUp, rowCount, size, bias, y);
                break;
            default:
                throw new UnreachableException($"activation {activation}");
        }
    }

    private static void Run<TFormula>(float* gateUp, int rowCount, int size, float* bias, float* y)
        where TFormula : struct, IFormula
    {
        for (var row = 0; row < rowCount; row++, gateUp += 2 * (long)size, y += size)
        {
            var i = 0;
            for (; i + 8 <= size; i += 8)
                TFormula.Of(Eight(gateUp, bias, i), Eight(gateUp, bias, size + i)).Store(y + i);
            for (; i < size; i++)
                y[i] = TFormula.Of(One(gateUp, bias, i), One(gateUp, bias, size + i)).ToScalar();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Eight(float* values, float* bias, int at) =>
        bias is null ? Vector256.Load(values + at) : Vector256.Load(values + at) + Vector256.Load(bias + at);

    private static Vector256<float> One(float* values, float* bias, int at) =>
        Vector256.Create(bias is null ? values[at] : values[at] + bias[at]);

    // x times the logistic of z.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Gated(Vector256<float> x, Vector256<float> z) =>
        x / (Vector256<float>.One + Exponential.Of(-z));

    private interface IFormula
    {
        static abstract Vector256<float> Of(Vector256<float> gate, Vector256<float> up);
    }

    private readonly struct Silu : IFormula
    {
        public static Vector256<float> Of(Vector256<float> gate, Vector256<float> up) => Gated(gate, gate) * up;
    }

    private readonly struct GeluTanh : IFormula
    {
        // z = 2 sqrt(2 / pi) (g + 0.044715 g^3).
        public static Vector256<float> Of(Vector256<float> gate, Vector256<float> up)
        {
            var cubic = Vector256.Create(0.044715f) * gate * gate * gate;
            return Gated(gate, Vector256.Create(1.59576912f) * (gate + cubic)) * up;
        }
    }

    private readonly struct SwigluOai : IFormula
    {
        public static Vector256<float> Of(Vector256<float> gate, Vector256<float> up)
        {
            var limit = Vector256.Create(7f);
            var g = Vector256.Min(gate, limit);
            var u = Vector256.Min(Vector256.Max(up, -limit), limit);
            return Gated(g, Vector256.Create(1.702f) * g) * (u + Vector256<float>.One);
        }
    }
}
