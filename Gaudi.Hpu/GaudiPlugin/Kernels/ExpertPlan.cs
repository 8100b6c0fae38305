using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>
/// Which experts serve which tokens of a tile, expert by expert in rising order. Two ways lead to the same list: dense
/// looks at every expert of a slice in turn, gather sorts the few choices there are.
/// </summary>
internal static class ExpertPlan
{
    /// <summary>Every choice of a tile that falls to the experts of a slice, by counting each expert's tokens.</summary>
    /// <param name="choices">Of all tokens.</param>
    /// <param name="firstToken">The tile's first.</param>
    /// <param name="tokenCount">Tokens of the tile.</param>
    /// <param name="firstExpert">The slice's first.</param>
    /// <param name="expertCount">Experts of the slice.</param>
    /// <returns>By rising expert, then token.</returns>
    public static ExpertToken[] Dense(
        ExpertChoices choices, int firstToken, int tokenCount, int firstExpert, int expertCount)
    {
        var ends = new int[expertCount + 1]; // Where each expert's tokens begin, after this loop; end, after the next.
        for (var token = 0; token < tokenCount; token++)
        {
            foreach (var (expert, _) in choices.Of(firstToken + token))
            {
                if ((uint)(expert - firstExpert) < (uint)expertCount)
                    ends[expert - firstExpert + 1]++;
            }
        }
        for (var i = 1; i <= expertCount; i++)
            ends[i] += ends[i - 1];
        var served = new ExpertToken[ends[expertCount]];
        for (var token = 0; token < tokenCount; token++)
        {
            foreach (var (expert, weight) in choices.Of(firstToken + token))
            {
                if ((uint)(expert - firstExpert) < (uint)expertCount)
                    served[ends[expert - firstExpert]++] = new ExpertToken(token, expert, weight);
            }
        }
        return served;
    }

    /// <summary>
    /// Every choice of a tile that falls to this rank, by sorting them; no expert that nobody chose is seen.
    /// </summary>
    /// <returns>By rising expert, then token.</returns>
    public static ExpertToken[] Gather(FusedMoeSpec spec, ExpertChoices choices, int firstToken, int tokenCount)
    {
        var served = new List<ExpertToken>(tokenCount * spec.TopK);
        for (var token = 0; token < tokenCount; token++)
        {
            foreach (var (expert, weight) in choices.Of(firstToken + token))
            {
                if (spec.Owns(expert))
                    served.Add(new ExpertToken(token, expert, weight));
            }
        }
        served.Sort((a, b) => a.Expert != b.Expert ? a.Expert.CompareTo(b.Expert) : a.Token.CompareTo(b.Token));
        return [.. served];
    }
}
