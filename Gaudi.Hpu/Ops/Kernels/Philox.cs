namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>
/// Philox4x32-10: 128 random bits as a pure function of a counter and a key, so that a draw needs no state and can be
/// repeated anywhere.
/// </summary>
/// <remarks>Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".</remarks>
internal static class Philox
{
    /// <summary>The four words of a block.</summary>
    public readonly record struct Block(uint W0, uint W1, uint W2, uint W3);

    /// <summary>The block at a counter under a key.</summary>
    public static Block At(Block counter, ulong key)
    {
        var (w0, w1, w2, w3) = (counter.W0, counter.W1, counter.W2, counter.W3);
        var (k0, k1) = ((uint)key, (uint)(key >> 32));
        for (var round = 0; round < 10; round++)
        {
            var p0 = 0xD2511F53UL * w0;
            var p1 = 0xCD9E8D57UL * w2;
            (w0, w1, w2, w3) = ((uint)(p1 >> 32) ^ w1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ w3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        return new Block(w0, w1, w2, w3);
    }
}
