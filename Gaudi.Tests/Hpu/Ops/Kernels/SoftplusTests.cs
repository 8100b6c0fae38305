using Gaudi.Hpu.Ops.Kernels;
using Xunit;

namespace Gaudi.Tests.Hpu.Ops.Kernels;

/// <summary>Against float64; tolerance 4e-7 of the value: the exponential's 2 units in the last place.</summary>
public sealed class SoftplusTests
{
    [Fact]
    public void Softplus_is_the_logarithm_of_one_plus_the_exponential()
    {
        for (var x = -80f; x <= 80; x += 0.01f)
        {
            var truth = x > 0 ? x + Math.Log(1 + Math.Exp(-x)) : Math.Exp(x) < 1e-8 ? Math.Exp(x) : Math.Log(1 + Math.Exp(x));
            Assert.InRange(Softplus.Of(x), truth * (1 - 4e-7), truth * (1 + 4e-7));
        }
    }

    [Fact]
    public void Softplus_of_the_ends_is_zero_and_the_value_and_a_NaN_stays_one()
    {
        Assert.Equal(0, Softplus.Of(-200));
        Assert.Equal(0, Softplus.Of(float.NegativeInfinity));
        Assert.Equal(1e30f, Softplus.Of(1e30f));
        Assert.Equal(float.PositiveInfinity, Softplus.Of(float.PositiveInfinity));
        Assert.True(float.IsNaN(Softplus.Of(float.NaN)));
    }
}
