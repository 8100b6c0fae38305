using System.Runtime.Intrinsics;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>gate / 2 * (1 + tanh(sqrt(2 / pi) * (gate + 0.044715 gate^3))) * up.</summary>
/// <remarks>Source: Hendrycks and Gimpel 2016, section 2.</remarks>
internal readonly struct GeluTanhGate : IGatedFunction
{
    /// <inheritdoc />
    public static Vector256<float> Of(Vector256<float> gate, Vector256<float> up)
    {
        var cubic = gate * gate * gate * Vector256.Create(0.044715f);
        var angle = (gate + cubic) * Vector256.Create(0.7978845608f);
        return gate * Vector256.Create(0.5f) * (Vector256<float>.One + HyperbolicTangent.Of(angle)) * up;
    }
}
