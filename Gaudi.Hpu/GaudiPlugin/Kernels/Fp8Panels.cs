using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Gaudi.Hpu.Ops.Kernels;
using Gaudi.Hpu.Quantization;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>Panels of float8 e4m3 codes: value = code's value * scale, rounded once at most. Every code is a number.</summary>
internal readonly unsafe struct Fp8Panels(Fp8Weight weight) : IPanels
{
    private const int Panel = PackedMatrix.PanelOutputs;

    // As bits of a float32, exponent and mantissa of a code are its value divided by this: 2^(127 - 7).
    private const float ExponentShift = 1329227995784915872903807060280344576f;

    /// <inheritdoc />
    public int OutputCount => weight.OutputCount;

    /// <inheritdoc />
    public int InputCount => weight.InputCount;

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Widen(int panel, int first, int count, float* to)
    {
        var codes = weight.Codes(panel) + ((long)first * Panel);
        var scales = weight.Scales(panel);
        var groups = weight.Groups.Slice(first, count);
        for (var k = 0; k < count; k++, codes += Panel, to += Panel)
        {
            var own = scales + (groups[k] * (long)Panel);
            var (low, high) = Vector128.Widen(Vector128.Load(codes)); // 8 and 8
            (Values(low) * Vector256.Load(own)).Store(to);
            (Values(high) * Vector256.Load(own + 8)).Store(to + 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Values(Vector128<ushort> codes)
    {
        var words = Vector256.Create(Vector128.WidenLower(codes), Vector128.WidenUpper(codes));
        var sizes = ((words & Vector256.Create(0x7Fu)) << 20).AsSingle() * Vector256.Create(ExponentShift);
        return (sizes.AsUInt32() | ((words & Vector256.Create(0x80u)) << 24)).AsSingle();
    }
}
