namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>
/// The random numbers of one draw: for every token a uniform one, or an exponential one made of it; a pure function of
/// (seed, choice, position, purpose, token).
/// </summary>
/// <param name="seed">The request's.</param>
/// <param name="choice">Which of its choices.</param>
/// <param name="position">The position drawn for.</param>
/// <param name="purpose">What the numbers decide.</param>
internal readonly struct DrawNoise(long seed, int choice, int position, DrawPurpose purpose = DrawPurpose.Token)
{
    private const double Step = 1.0 / (1UL << 53);

    /// <summary>Over 0, mean 1: minus the logarithm of a uniform one.</summary>
    public double Exponential(int tokenId) => -Math.Log(Uniform(tokenId));

    /// <summary>Over 0 and under 1.</summary>
    public double Uniform(int tokenId)
    {
        var (even, odd) = UniformPair(tokenId >> 1);
        return (tokenId & 1) == 0 ? even : odd;
    }

    /// <summary>The uniform numbers of tokens 2 * pair and 2 * pair + 1, which one block serves.</summary>
    public (double Even, double Odd) UniformPair(int pair)
    {
        var block = Philox.At(
            new Philox.Block((uint)pair, (uint)position, (uint)choice, (uint)purpose), (ulong)seed);
        return (Fraction(block.W0, block.W1), Fraction(block.W2, block.W3));
    }

    // 53 bits; the sum of the largest rounds to 1, so it is held below.
    private static double Fraction(uint high, uint low) =>
        Math.Min(((((ulong)high << 32) | low) >> 11) + 0.5, (1UL << 53) - 1) * Step;
}
