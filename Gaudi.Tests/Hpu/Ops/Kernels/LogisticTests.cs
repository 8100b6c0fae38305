using Gaudi.Hpu.Ops.Kernels;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.Kernels;

/// <summary>Within 4e-7 of float64: the exponential's two units in the last place and one rounding.</summary>
public sealed class LogisticTests
{
    [Fact]
    public void Logistic_is_that_of_float64()
    {
        for (var x = -87f; x < 88; x += 0.0371f)
        {
            using var one = tensor(new[] { x });
            using var logistic = Logistic.Of(one);
            Assert.InRange(logistic.Floats()[0] * (1 + Math.Exp(-(double)x)), 1 - 4e-7, 1 + 4e-7);
        }
    }
}
