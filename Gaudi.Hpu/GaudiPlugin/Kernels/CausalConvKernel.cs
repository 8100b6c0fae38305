using System.Runtime.Intrinsics;
using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>Depthwise causal convolution and silu, eight channels at once.</summary>
internal static unsafe class CausalConvKernel
{
    /// <summary>to[l] = silu(sum over j of inputs[l + j] * weight[j] + bias), products fused in ascending j.</summary>
    /// <param name="inputs">[width - 1 + rows, channels].</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="weight">[width, channels].</param>
    /// <param name="bias">[channels].</param>
    /// <param name="width">At least 1.</param>
    /// <param name="channels">A multiple of 8.</param>
    /// <param name="to">[rows, channels]. Overwritten.</param>
    public static void Run(
        float* inputs, int rowCount, float* weight, float* bias, int width, int channels, float* to)
    {
        for (var row = 0; row < rowCount; row++, inputs += channels, to += channels)
        {
            for (var channel = 0; channel < channels; channel += 8)
            {
                var sum = Vector256<float>.Zero;
                for (var j = 0; j < width; j++)
                {
                    var at = (j * channels) + channel;
                    sum = Vector256.FusedMultiplyAdd(Vector256.Load(inputs + at), Vector256.Load(weight + at), sum);
                }
                sum += Vector256.Load(bias + channel);
                (sum / (Vector256<float>.One + Exponential.Of(-sum))).Store(to + channel);
            }
        }
    }
}
