using static TorchSharp.torch;
using Scalar = TorchSharp.Scalar;

namespace Gaudi.Hpu.Ops;

/// <summary>
/// Sums of tensors that name their scalars. TorchSharp 0.107 makes a temporary Scalar for every `a + b` (the factor 1) and
/// lets the collector free it during the native call: seen as an ExternalException from c10's Scalar.h.
/// </summary>
public static class TensorSums
{
    private static readonly Scalar One = 1;
    private static readonly Scalar MinusOne = -1;

    /// <summary>a + b, broadcast. The caller disposes it.</summary>
    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, One);

    /// <summary>a + b, broadcast.</summary>
    /// <param name="a">Any shape.</param>
    /// <param name="b">A field or a `using` local, never a number.</param>
    public static Tensor Plus(this Tensor a, Scalar b) => a.add(b, One);

    /// <summary>a - b, broadcast. The caller disposes it.</summary>
    public static Tensor Minus(this Tensor a, Tensor b) => a.add(b, MinusOne);

    /// <summary>a * factor in float32, rounded to a's type.</summary>
    public static Tensor Times(this Tensor a, double factor)
    {
        using Scalar named = (float)factor;
        return a.mul(named);
    }

    /// <summary>Adds b to a, in place.</summary>
    public static void Accumulate(this Tensor a, Tensor b) => a.add_(b, One);

    /// <summary>Adds b to a, in place.</summary>
    /// <param name="a">Any shape.</param>
    /// <param name="b">A field or a `using` local, never a number.</param>
    public static void Accumulate(this Tensor a, Scalar b) => a.add_(b, One);
}
