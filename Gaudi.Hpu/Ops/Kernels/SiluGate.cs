using System.Runtime.Intrinsics;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>gate / (1 + e^-gate) * up.</summary>
/// <remarks>Source: Shazeer 2020, SwiGLU.</remarks>
internal readonly struct SiluGate : IGatedFunction
{
    /// <inheritdoc />
    public static Vector256<float> Of(Vector256<float> gate, Vector256<float> up) =>
        gate / (Vector256<float>.One + Exponential.Of(-gate)) * up;
}
