using Gaudi.Hpu.Quantization;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Quantization;

public sealed class NibblesTests
{
    [Fact]
    public void Words_of_gptq_begin_at_the_lowest_bits()
    {
        using var scope = NewDisposeScope();
        var codes = tensor(new byte[] { 1, 2, 3, 4, 5, 6, 7, 15 });
        Assert.Equal([-144358623], Nibbles.Pack(codes, Nibbles.InOrder).data<int>());
    }

    [Theory]
    [InlineData(0x77777777, 8)]
    [InlineData(-1, 0)] // 15 stands for 0
    public void Zeros_of_gptq_are_one_more_than_stored(int word, byte expected)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(Enumerable.Repeat(expected, 8), Nibbles.Unpack(tensor(new[] { word }), Nibbles.InOrder, offset: 1).data<byte>());
    }

    [Fact]
    public void Words_of_awq_are_interleaved()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(
            new byte[] { 0, 4, 1, 5, 2, 6, 3, 7 }, Nibbles.Unpack(tensor(new[] { 0x76543210 }), Nibbles.Interleaved).data<byte>());
    }

    [Fact]
    public void Packing_undoes_unpacking()
    {
        var random = new Random(3);
        using var scope = NewDisposeScope();
        foreach (var nibbles in new[] { Nibbles.InOrder.ToArray(), Nibbles.Interleaved.ToArray() })
        {
            for (var round = 0; round < 20; round++)
            {
                var shape = new long[] { random.Next(1, 6), random.Next(1, 9) };
                var words = tensor(Enumerable.Range(0, (int)(shape[0] * shape[1])).Select(_ => random.Next(int.MinValue, int.MaxValue)).ToArray(), shape);
                var codes = Nibbles.Unpack(words, nibbles);
                Assert.Equal([shape[0], shape[1] * 8], codes.shape);
                Assert.All(codes.data<byte>(), code => Assert.InRange(code, 0, 15));
                Assert.Equal(words.data<int>(), Nibbles.Pack(codes, nibbles).data<int>());
            }
        }
    }
}
