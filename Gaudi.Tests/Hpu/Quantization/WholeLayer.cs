using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Quantization;

/// <summary>A linear weight rounded to whole numbers of 8 bits with a scale for each output, as compressed-tensors keeps it.</summary>
internal sealed class WholeLayer
{
    private readonly sbyte[] _numbers;
    private readonly float[] _scales;

    /// <summary>Rounds.</summary>
    /// <param name="weight">[outputs, inputs], rows one after another.</param>
    /// <param name="outputCount">Rows.</param>
    public WholeLayer(float[] weight, int outputCount)
    {
        (OutputCount, InputCount) = (outputCount, weight.Length / outputCount);
        _scales = [.. weight.Chunk(InputCount).Select(row => Math.Max(row.Max(Math.Abs) / 127, 1e-6f))];
        _numbers = [.. weight.Select((value, at) => (sbyte)Math.Clamp((int)Math.Round(value / _scales[at / InputCount]), -127, 127))];
        Wide = [.. _numbers.Select((number, at) => number * _scales[at / InputCount])];
    }

    public int OutputCount { get; }

    public int InputCount { get; }

    /// <summary>What the numbers stand for in float32: [outputs, inputs], rows one after another.</summary>
    public float[] Wide { get; }

    public IEnumerable<(string Kind, Tensor Tensor)> Tensors()
    {
        yield return ("weight", tensor(_numbers, [OutputCount, InputCount], ScalarType.Int8));
        yield return ("weight_scale", tensor(_scales, [OutputCount, 1]));
    }
}
