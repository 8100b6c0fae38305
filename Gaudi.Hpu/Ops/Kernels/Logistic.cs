using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>1 / (1 + e^-x) in float32, by the same arithmetic for every value on every processor.</summary>
internal static unsafe class Logistic
{
    /// <summary>Every value's own.</summary>
    /// <param name="x">Any shape, float32 or bfloat16. Not changed.</param>
    /// <returns>x's shape, float32; the caller disposes it.</returns>
    public static Tensor Of(Tensor x)
    {
        using var scope = NewDisposeScope();
        var y = x.to_type(ScalarType.Float32).contiguous().clone(); // x's shape
        var values = new Span<float>(TensorMemory.Pointer(y), checked((int)y.numel()));
        foreach (ref var value in values)
            value = 1 / (1 + Exponential.Of(-value));
        return scope.MoveToOuter(y);
    }
}
