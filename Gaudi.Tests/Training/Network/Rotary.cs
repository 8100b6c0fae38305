using Gaudi.Hpu.Ops;
using TorchSharp;
using static TorchSharp.torch;

namespace Gaudi.Tests.Training.Network;

/// <summary>Rotary positions, Hugging Face convention: the two halves of a head are the two coordinates.</summary>
/// <remarks>Source: Su et al. 2021; transformers, modeling_llama.py, rotate_half.</remarks>
public sealed class Rotary : IDisposable
{
    private readonly Tensor _cos;
    private readonly Tensor _sin;
    private readonly int _headDim;

    /// <summary>Tables for positions below <paramref name="positionsMax"/>.</summary>
    public Rotary(int headDim, double theta, int positionsMax)
    {
        using var scope = NewDisposeScope();
        _headDim = headDim;
        var exponents = arange(0, headDim, 2, dtype: ScalarType.Float32) / headDim; // [headDim / 2]
        var frequencies = pow(theta, exponents).reciprocal(); // [headDim / 2]
        var angles = outer(arange(positionsMax, dtype: ScalarType.Float32), frequencies); // [positions, headDim / 2]
        var both = cat([angles, angles], 1); // [positions, headDim]
        _cos = both.cos().MoveToOuterDisposeScope();
        _sin = both.sin().MoveToOuterDisposeScope();
        _cos.DetachFromDisposeScope();
        _sin.DetachFromDisposeScope();
    }

    /// <summary>Turns each head by its position; the scope of the caller owns the result.</summary>
    /// <param name="x">[batch, heads, tokens, headDim].</param>
    /// <param name="start">Position of the first token.</param>
    public Tensor Turn(Tensor x, long start)
    {
        var cos = _cos.narrow(0, start, x.shape[2]); // [tokens, headDim]
        var sin = _sin.narrow(0, start, x.shape[2]); // [tokens, headDim]
        var first = x.narrow(3, 0, _headDim / 2); // [batch, heads, tokens, headDim / 2]
        var second = x.narrow(3, _headDim / 2, _headDim / 2); // [batch, heads, tokens, headDim / 2]
        return (x * cos).Plus(cat([-second, first], 3) * sin); // [batch, heads, tokens, headDim]
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cos.Dispose();
        _sin.Dispose();
    }
}
