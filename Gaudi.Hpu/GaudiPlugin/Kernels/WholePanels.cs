using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Gaudi.Hpu.Ops.Kernels;
using Gaudi.Hpu.Quantization;
using static TorchSharp.torch;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>Panels of whole numbers of 8 bits: value = number * scale in float32, rounded to the type of the activations.</summary>
internal readonly unsafe struct WholePanels(WholeWeight weight) : IPanels
{
    private const int Panel = PackedMatrix.PanelOutputs;

    /// <inheritdoc />
    public int OutputCount => weight.OutputCount;

    /// <inheritdoc />
    public int InputCount => weight.InputCount;

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Widen(int panel, int first, int count, float* to)
    {
        var numbers = weight.Numbers(panel) + ((long)first * Panel);
        var low = Vector256.Load(weight.Scales(panel));
        var high = Vector256.Load(weight.Scales(panel) + 8);
        var isRounded = weight.Dtype == ScalarType.BFloat16;
        for (var k = 0; k < count; k++, numbers += Panel, to += Panel)
        {
            var (words, moreWords) = Vector128.Widen(Vector128.Load(numbers)); // 8 and 8
            var first8 = Floats(words) * low;
            var last8 = Floats(moreWords) * high;
            (isRounded ? StoredBfloat16.Rounded8(first8) : first8).Store(to);
            (isRounded ? StoredBfloat16.Rounded8(last8) : last8).Store(to + 8);
        }
    }

    private static Vector256<float> Floats(Vector128<short> words) =>
        Vector256.ConvertToSingle(Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words)));
}
