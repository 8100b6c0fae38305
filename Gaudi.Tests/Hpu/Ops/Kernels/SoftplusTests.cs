using Gaudi.Hpu.Ops.Kernels;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.Kernels;

/// <summary>Within 4e-7 of float64: the exponential's two units in the last place and one rounding.</summary>
public sealed class SoftplusTests
{
    [Fact]
    public void Softplus_and_logistic_are_those_of_float64()
    {
        for (var x = -87f; x < 88; x += 0.0371f)
        {
            var softplus = Math.Max(x, 0.0) + LogOfOnePlus(Math.Exp(-Math.Abs((double)x)));
            Assert.InRange(Softplus.Of(x) / softplus, 1 - 4e-7, 1 + 4e-7);
            using var one = tensor(new[] { x });
            using var logistic = Logistic.Of(one);
            Assert.InRange(logistic.Floats()[0] * (1 + Math.Exp(-(double)x)), 1 - 4e-7, 1 + 4e-7);
        }
        Assert.Equal((0, 1e30f), (Softplus.Of(-100), Softplus.Of(1e30f)));
        Assert.True(float.IsNaN(Softplus.Of(float.NaN)));
    }

    // Kahan's form: exact where 1 + u loses u's last bits.
    private static double LogOfOnePlus(double u)
    {
        var w = 1 + u;
        return w == 1 ? u : Math.Log(w) * (u / (w - 1));
    }
}
