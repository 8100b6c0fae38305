using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>Values of contiguous tensors in the host's memory; spans live as long as their tensor.</summary>
internal static unsafe class TensorRows
{
    /// <summary>A row of a float32 matrix.</summary>
    public static ReadOnlySpan<float> Floats(Tensor matrix, int row)
    {
        var width = (int)matrix.shape[1];
        return new ReadOnlySpan<float>((float*)TensorMemory.Pointer(matrix) + ((long)row * width), width);
    }

    /// <summary>Copies values to a row of a float32 matrix.</summary>
    public static void Set(Tensor matrix, int row, ReadOnlySpan<float> values)
    {
        var width = (int)matrix.shape[1];
        values.CopyTo(new Span<float>((float*)TensorMemory.Pointer(matrix) + ((long)row * width), width));
    }

    /// <summary>All values of an int32 tensor, copied from wherever it lives.</summary>
    public static int[] Integers(Tensor tensor)
    {
        using var near = tensor.cpu();
        using var values = near.contiguous();
        return new ReadOnlySpan<int>(TensorMemory.Pointer(values), checked((int)values.numel())).ToArray();
    }
}
