using static Gaudi.Tests.Hpu.Models.Families.DoubleMath;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>A Mamba-2 mixer in plain double arithmetic: the recurrence, token by token, from Dao and Gu 2024.</summary>
internal sealed class DoubleMamba(MambaSizes sizes, IReadOnlyDictionary<string, float[]> weights)
{
    private readonly DoubleMath _math = new(weights);

    /// <summary>[positions][hidden] of [positions][hidden].</summary>
    public double[][] Mix(string prefix, double[][] x)
    {
        var projected = x.Select(row => _math.Linear(row, $"{prefix}.in_proj")).ToArray();
        var convolved = Convolve(prefix, [.. projected.Select(row => row[sizes.Inner..(sizes.Inner + sizes.ConvDim)])]);
        var state = new double[sizes.Heads, sizes.HeadDim, sizes.StateSize];
        return [.. x.Select((_, t) =>
        {
            var y = Step(prefix, convolved[t], projected[t][(sizes.Inner + sizes.ConvDim)..], state);
            return _math.Linear(Gate(prefix, y, projected[t][..sizes.Inner]), $"{prefix}.out_proj");
        })];
    }

    // y_t = silu(sum over j of x_{t - width + 1 + j} w_j + b), of each channel by itself.
    private double[][] Convolve(string prefix, double[][] x)
    {
        var (kernel, bias) = (weights[$"{prefix}.conv1d.weight"], weights[$"{prefix}.conv1d.bias"]);
        return [.. x.Select((row, t) => row.Select((_, channel) =>
        {
            var sum = (double)bias[channel];
            for (var j = 0; j < sizes.ConvWidth; j++)
            {
                var at = t - sizes.ConvWidth + 1 + j;
                if (at >= 0)
                    sum += x[at][channel] * kernel[(channel * sizes.ConvWidth) + j];
            }
            return Silu(sum);
        }).ToArray())];
    }

    // s = s exp(dt A) + dt x B^T, y = s C + D x.
    private double[] Step(string prefix, double[] xbc, double[] dtIn, double[,,] state)
    {
        var (groupSize, n) = (sizes.Heads / sizes.Groups, sizes.StateSize);
        var y = new double[sizes.Inner];
        for (var head = 0; head < sizes.Heads; head++)
        {
            var dt = Math.Log(1 + Math.Exp(dtIn[head] + weights[$"{prefix}.dt_bias"][head]));
            var decay = Math.Exp(-dt * Math.Exp(weights[$"{prefix}.A_log"][head]));
            var group = head / groupSize;
            for (var d = 0; d < sizes.HeadDim; d++)
            {
                var value = xbc[(head * sizes.HeadDim) + d];
                var sum = weights[$"{prefix}.D"][head] * value;
                for (var k = 0; k < n; k++)
                {
                    var b = xbc[sizes.Inner + (group * n) + k];
                    var c = xbc[sizes.Inner + (sizes.Groups * n) + (group * n) + k];
                    state[head, d, k] = (state[head, d, k] * decay) + (dt * value * b);
                    sum += state[head, d, k] * c;
                }
                y[(head * sizes.HeadDim) + d] = sum;
            }
        }
        return y;
    }

    // Root mean square of y silu(gate) in each group by itself.
    private double[] Gate(string prefix, double[] y, double[] gate)
    {
        var gated = y.Zip(gate, (value, g) => value * Silu(g)).ToArray();
        var weight = weights[$"{prefix}.norm.weight"];
        return [.. gated.Chunk(sizes.Inner / sizes.Groups).SelectMany(group =>
        {
            var root = Math.Sqrt((Dot(group, group) / group.Length) + sizes.Epsilon);
            return group.Select(value => value / root);
        }).Select((value, i) => value * weight[i])];
    }
}
