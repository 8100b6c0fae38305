using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>One token of one head's recurrence; the state is read and written once.</summary>
internal static unsafe class StateStepKernel
{
    /// <summary>s = s * past + (step * x) B; y = C s + d * x.</summary>
    /// <param name="state">[N, headDim]. Overwritten.</param>
    /// <param name="stateSize">N.</param>
    /// <param name="headDim">A multiple of 8.</param>
    /// <param name="past">What remains of the state.</param>
    /// <param name="step">The time step.</param>
    /// <param name="x">[headDim].</param>
    /// <param name="b">[N].</param>
    /// <param name="c">[N].</param>
    /// <param name="d">Of the head.</param>
    /// <param name="y">[headDim]. Overwritten.</param>
    public static void Run(
        float* state, int stateSize, int headDim, float past, float step, float* x, float* b, float* c, float d, float* y)
    {
        var p = 0;
        for (; p + 32 <= headDim; p += 32)
            FourVectors(state + p, stateSize, headDim, past, step, x + p, b, c, y + p);
        for (; p < headDim; p += 8)
            OneVector(state + p, stateSize, headDim, past, step, x + p, b, c, y + p);
        for (p = 0; p < headDim; p += 8)
            Vector256.FusedMultiplyAdd(Vector256.Create(d), Vector256.Load(x + p), Vector256.Load(y + p)).Store(y + p);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourVectors(
        float* state, int stateSize, int headDim, float past, float step, float* x, float* b, float* c, float* y)
    {
        var (remains, steps) = (Vector256.Create(past), Vector256.Create(step));
        var (x0, x1) = (Vector256.Load(x) * steps, Vector256.Load(x + 8) * steps);
        var (x2, x3) = (Vector256.Load(x + 16) * steps, Vector256.Load(x + 24) * steps);
        Vector256<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        for (var n = 0; n < stateSize; n++, state += headDim)
        {
            var (bn, cn) = (Vector256.Create(b[n]), Vector256.Create(c[n]));
            var s0 = Vector256.FusedMultiplyAdd(Vector256.Load(state), remains, x0 * bn);
            var s1 = Vector256.FusedMultiplyAdd(Vector256.Load(state + 8), remains, x1 * bn);
            var s2 = Vector256.FusedMultiplyAdd(Vector256.Load(state + 16), remains, x2 * bn);
            var s3 = Vector256.FusedMultiplyAdd(Vector256.Load(state + 24), remains, x3 * bn);
            sum0 = Vector256.FusedMultiplyAdd(s0, cn, sum0);
            sum1 = Vector256.FusedMultiplyAdd(s1, cn, sum1);
            sum2 = Vector256.FusedMultiplyAdd(s2, cn, sum2);
            sum3 = Vector256.FusedMultiplyAdd(s3, cn, sum3);
            s0.Store(state);
            s1.Store(state + 8);
            s2.Store(state + 16);
            s3.Store(state + 24);
        }
        sum0.Store(y);
        sum1.Store(y + 8);
        sum2.Store(y + 16);
        sum3.Store(y + 24);
    }

    private static void OneVector(
        float* state, int stateSize, int headDim, float past, float step, float* x, float* b, float* c, float* y)
    {
        var remains = Vector256.Create(past);
        var stepped = Vector256.Load(x) * Vector256.Create(step);
        var sum = Vector256<float>.Zero;
        for (var n = 0; n < stateSize; n++, state += headDim)
        {
            var s = Vector256.FusedMultiplyAdd(Vector256.Load(state), remains, stepped * Vector256.Create(b[n]));
            sum = Vector256.FusedMultiplyAdd(s, Vector256.Create(c[n]), sum);
            s.Store(state);
        }
        sum.Store(y);
    }
}
