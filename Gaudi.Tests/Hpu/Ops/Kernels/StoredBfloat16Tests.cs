using Gaudi.Hpu.Ops.Kernels;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.Kernels;

/// <summary>Libtorch's own conversion is the reference.</summary>
public sealed unsafe class StoredBfloat16Tests
{
    [Fact]
    public void Rounding_is_libtorchs_for_random_bits_halves_and_infinities()
    {
        var random = new Random(11);
        var values = Enumerable.Range(0, 8000)
            .Select(i => ((uint)random.Next(1 << 16) << 16) | (i % 3 == 0 ? 0x8000u : (uint)random.Next(1 << 16)))
            .Select(BitConverter.UInt32BitsToSingle)
            .Concat([float.PositiveInfinity, float.NegativeInfinity, float.NaN, float.MaxValue])
            .Concat([float.MinValue, 0f, -0f, float.Epsilon])
            .ToArray();
        using var scope = NewDisposeScope();
        var expected = tensor(values).to_type(ScalarType.BFloat16).Bits();
        var stored = new ushort[values.Length];
        fixed (float* from = values)
        fixed (ushort* to = stored)
        {
            for (var i = 0; i < values.Length; i += 8)
                StoredBfloat16.Store8((byte*)to, i, StoredFloat32.Load8((byte*)from, i));
            for (var i = 0; i < values.Length; i++)
            {
                var vector = to[i];
                StoredBfloat16.Store((byte*)to, i, values[i]);
                Assert.Equal(vector, to[i]);
                var loaded = StoredBfloat16.Load((byte*)to, i);
                Assert.Equal(
                    BitConverter.SingleToUInt32Bits(loaded),
                    BitConverter.SingleToUInt32Bits(StoredBfloat16.Load8((byte*)to, i / 8 * 8)[i % 8]));
                if (float.IsNaN(values[i]))
                    Assert.True(float.IsNaN(loaded)); // libtorch's payload depends on the vector width
                else
                    Assert.Equal(expected[i], BitConverter.SingleToUInt32Bits(loaded));
            }
        }
    }
}
