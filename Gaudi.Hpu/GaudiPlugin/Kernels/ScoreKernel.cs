using System.Diagnostics;
using System.Runtime.Intrinsics;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>
/// A router's scores, eight at a time; sums run from the first value on, so that scores that tie here tie everywhere.
/// </summary>
internal static class ScoreKernel
{
    /// <summary>Values by which spans are padded: see <see cref="Padded"/>.</summary>
    private const int Lane = 8;

    /// <summary>How long spans must be to hold so many values.</summary>
    public static int Padded(int count) => (count + Lane - 1) / Lane * Lane;

    /// <summary>Scores every expert.</summary>
    /// <param name="scoring">How.</param>
    /// <param name="scores">[padded experts], the gate's outputs. Overwritten; the padding means nothing.</param>
    /// <param name="count">Experts.</param>
    public static void Apply(RouterScoring scoring, Span<float> scores, int count)
    {
        switch (scoring)
        {
            case RouterScoring.Softmax:
                Softmax(scores, count);
                break;
            case RouterScoring.Sigmoid:
                for (var i = 0; i < count; i += Lane)
                    Sigmoid(Vector256.Create(scores.Slice(i, Lane))).CopyTo(scores[i..]);
                break;
            case RouterScoring.SqrtSoftplus:
                for (var i = 0; i < count; i++)
                    scores[i] = MathF.Sqrt(Softplus.Of(scores[i]));
                break;
            case RouterScoring.SoftmaxOfChosen:
                break;
            default:
                throw new UnreachableException($"scoring {scoring}");
        }
    }

    /// <summary>The softmax of the first values, in place.</summary>
    /// <param name="values">Padded; the padding means nothing.</param>
    /// <param name="count">How many there are.</param>
    public static void Softmax(Span<float> values, int count)
    {
        var max = values[0];
        for (var i = 1; i < count; i++)
            max = MathF.Max(max, values[i]);
        for (var i = 0; i < count; i += Lane)
            Exponential.Of(Vector256.Create(values.Slice(i, Lane)) - Vector256.Create(max)).CopyTo(values[i..]);
        var sum = 0f;
        for (var i = 0; i < count; i++)
            sum += values[i];
        for (var i = 0; i < count; i += Lane)
            (Vector256.Create(values.Slice(i, Lane)) / Vector256.Create(sum)).CopyTo(values[i..]);
    }

    private static Vector256<float> Sigmoid(Vector256<float> x) =>
        Vector256<float>.One / (Vector256<float>.One + Exponential.Of(-x));
}
