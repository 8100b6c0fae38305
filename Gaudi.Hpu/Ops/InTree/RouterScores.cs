using System.Diagnostics;
using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// The scores of one token's experts and the choice among them, one plain step after another, in float32.
/// </summary>
internal static class RouterScores
{
    /// <summary>Scores every expert.</summary>
    /// <param name="scoring">How.</param>
    /// <param name="logits">[experts].</param>
    /// <param name="scores">[experts]. Overwritten.</param>
    public static void Fill(RouterScoring scoring, ReadOnlySpan<float> logits, Span<float> scores)
    {
        switch (scoring)
        {
            case RouterScoring.Softmax:
                Softmax(logits, scores);
                break;
            case RouterScoring.Sigmoid:
                for (var i = 0; i < logits.Length; i++)
                    scores[i] = 1 / (1 + Exponential.Of(-logits[i]));
                break;
            case RouterScoring.SqrtSoftplus:
                for (var i = 0; i < logits.Length; i++)
                    scores[i] = MathF.Sqrt(Softplus.Of(logits[i]));
                break;
            case RouterScoring.SoftmaxOfChosen:
                logits.CopyTo(scores);
                break;
            default:
                throw new UnreachableException($"scoring {scoring}");
        }
    }

    /// <summary>e^(x - max) over their sum, which is added from the first value on.</summary>
    public static void Softmax(ReadOnlySpan<float> x, Span<float> y)
    {
        var max = float.NegativeInfinity;
        foreach (var value in x)
            max = MathF.Max(max, value);
        var sum = 0f;
        for (var i = 0; i < x.Length; i++)
        {
            y[i] = Exponential.Of(x[i] - max);
            sum += y[i];
        }
        for (var i = 0; i < x.Length; i++)
            y[i] /= sum;
    }

    /// <summary>The places of the largest values, the largest first; of equal ones the first.</summary>
    /// <param name="values">No value is NaN.</param>
    /// <param name="isOpen">Which places may be chosen; at least as many as are wanted. Chosen ones are closed.</param>
    /// <param name="places">Filled.</param>
    public static void Largest(ReadOnlySpan<float> values, Span<bool> isOpen, Span<long> places)
    {
        for (var i = 0; i < places.Length; i++)
        {
            var best = -1;
            for (var at = 0; at < values.Length; at++)
            {
                if (isOpen[at] && (best < 0 || values[at] > values[best]))
                    best = at;
            }
            places[i] = best;
            isOpen[best] = false;
        }
    }
}
