using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>Eight codes of 4 bits in a word of 32, and back.</summary>
internal static class Nibbles
{
    /// <summary>Codes in a word.</summary>
    public const int PerWord = 8;

    /// <summary>Where AWQ keeps code i of a word: at nibble Interleaved[i].</summary>
    /// <remarks>Source: vllm-gaudi, the AWQ weight's unpacking order (as of 2026-08).</remarks>
    public static ReadOnlySpan<int> Interleaved => [0, 4, 1, 5, 2, 6, 3, 7];

    /// <summary>The order in which nibbles lie from the lowest bits up.</summary>
    public static ReadOnlySpan<int> InOrder => [0, 1, 2, 3, 4, 5, 6, 7];

    /// <summary>Words along the last dimension become eight times as many codes.</summary>
    /// <param name="words">[..., words], int32. Not changed.</param>
    /// <param name="nibbles">Which nibble each code of a word is.</param>
    /// <param name="offset">Added to each code; 16 is 0 again.</param>
    /// <returns>[..., 8 words], bytes of 0 to 15; in the present dispose scope.</returns>
    public static unsafe Tensor Unpack(Tensor words, ReadOnlySpan<int> nibbles, int offset = 0)
    {
        var from = words.contiguous(); // [..., words]
        var codes = empty([.. words.shape[..^1], words.shape[^1] * PerWord], ScalarType.Byte); // [..., codes]
        var source = (uint*)TensorMemory.Pointer(from);
        var to = TensorMemory.Pointer(codes);
        for (var word = 0L; word < from.numel(); word++, to += PerWord)
        {
            for (var i = 0; i < PerWord; i++)
                to[i] = (byte)(((source[word] >> (4 * nibbles[i])) + offset) & 15);
        }
        return codes;
    }

    /// <summary>The inverse of <see cref="Unpack"/>.</summary>
    /// <param name="codes">[..., 8 words], bytes of 0 to 15. Not changed.</param>
    /// <param name="nibbles">Which nibble each code of a word is.</param>
    /// <returns>[..., words], int32; in the present dispose scope.</returns>
    public static unsafe Tensor Pack(Tensor codes, ReadOnlySpan<int> nibbles)
    {
        var from = codes.contiguous(); // [..., codes]
        var words = empty([.. codes.shape[..^1], codes.shape[^1] / PerWord], ScalarType.Int32); // [..., words]
        var source = TensorMemory.Pointer(from);
        var to = (uint*)TensorMemory.Pointer(words);
        for (var word = 0L; word < words.numel(); word++, source += PerWord)
        {
            to[word] = 0;
            for (var i = 0; i < PerWord; i++)
                to[word] |= (uint)source[i] << (4 * nibbles[i]);
        }
        return words;
    }
}
