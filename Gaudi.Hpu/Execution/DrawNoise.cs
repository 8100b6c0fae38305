namespace Gaudi.Hpu.Execution;

/// <summary>
/// The random numbers of one draw: for every token an exponential one, a pure function of (seed, choice, position,
/// token).
/// </summary>
/// <param name="seed">The request's.</param>
/// <param name="choice">Which of its choices.</param>
/// <param name="position">The position drawn for.</param>
internal readonly struct DrawNoise(long seed, int choice, int position)
{
    /// <summary>Over 0, mean 1: minus the logarithm of a uniform number.</summary>
    public double Exponential(int tokenId)
    {
        // A block serves two neighbouring tokens; 53 bits each, never 0 or 1.
        var block = Philox.At(new Philox.Block((uint)tokenId >> 1, (uint)position, (uint)choice, 0), (ulong)seed);
        var bits = (tokenId & 1) == 0 ? ((ulong)block.W0 << 32) | block.W1 : ((ulong)block.W2 << 32) | block.W3;
        return -Math.Log(((bits >> 11) + 0.5) * (1.0 / (1UL << 53)));
    }
}
