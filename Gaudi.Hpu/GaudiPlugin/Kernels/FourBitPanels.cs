using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Gaudi.Hpu.Quantization;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>Panels of 4-bit codes: value = (code - zero) * scale, rounded once at most.</summary>
internal readonly unsafe struct FourBitPanels(FourBitWeight weight) : IPanels
{
    private const int Panel = FourBitWeight.PanelOutputs;

    /// <inheritdoc />
    public int OutputCount => weight.OutputCount;

    /// <inheritdoc />
    public int InputCount => weight.InputCount;

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Widen(int panel, int first, int count, float* to)
    {
        var codes = weight.Codes(panel) + ((long)first * FourBitWeight.CodeBytes);
        var zeros = weight.Zeros(panel);
        var scales = weight.Scales(panel);
        var groups = weight.Groups.Slice(first, count);
        for (var k = 0; k < count; k++, codes += FourBitWeight.CodeBytes, to += Panel)
        {
            var group = groups[k] * (long)Panel;
            var bytes = Vector128.CreateScalar(*(ulong*)codes);
            var low = Floats(bytes & Vector128.Create(0x0F0F0F0F0F0F0F0FUL));
            var high = Floats((bytes >> 4) & Vector128.Create(0x0F0F0F0F0F0F0F0FUL));
            ((low - Vector256.Load(zeros + group)) * Vector256.Load(scales + group)).Store(to);
            ((high - Vector256.Load(zeros + group + 8)) * Vector256.Load(scales + group + 8)).Store(to + 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Floats(Vector128<ulong> bytes)
    {
        var words = Vector128.WidenLower(bytes.AsByte()); // 8
        return Vector256.ConvertToSingle(
            Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words)).AsInt32());
    }
}
