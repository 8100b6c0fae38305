using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>The truth: convolution, softplus and the recurrence token by token, in float64, from the formulas.</summary>
internal static class DoubleMamba
{
    public static double[] Run(MambaCase one, int sequence, int tokenCount)
    {
        using var scope = NewDisposeScope();
        var (s, channels) = (one.Sizes, one.Sizes.ChannelCount);
        var inputs = one.States(sequence, tokenCount).Floats();
        var dtInputs = one.TimeSteps(sequence, tokenCount).Floats();
        var conv = one.Weight("conv1d.weight").Floats();
        var convBias = one.HasBias ? one.Weight("conv1d.bias").Floats() : new float[channels];
        var (aLog, d, dtBias) =
            (one.Weight("A_log").Floats(), one.Weight("D").Floats(), one.Weight("dt_bias").Floats());
        var states = new double[s.HeadCount, s.HeadDim, s.StateSize];
        var y = new double[tokenCount * s.InnerSize];
        for (var t = 0; t < tokenCount; t++)
        {
            var values = new double[channels];
            for (var channel = 0; channel < channels; channel++)
            {
                double sum = convBias[channel];
                for (var j = 0; j < s.ConvWidth; j++)
                {
                    var at = t + j - s.ConvWidth + 1;
                    sum += at < 0 ? 0 : (double)inputs[(at * channels) + channel] * conv[(channel * s.ConvWidth) + j];
                }
                values[channel] = sum / (1 + Math.Exp(-sum));
            }
            for (var head = 0; head < s.HeadCount; head++)
            {
                var group = head / (s.HeadCount / s.GroupCount);
                var dt = Math.Log(1 + Math.Exp((double)dtInputs[(t * s.HeadCount) + head] + dtBias[head]));
                dt = Math.Clamp(dt, one.Op.Spec.TimeStepMin, one.Op.Spec.TimeStepMax);
                var past = Math.Exp(dt * -Math.Exp(aLog[head]));
                for (var p = 0; p < s.HeadDim; p++)
                {
                    var x = values[(head * s.HeadDim) + p];
                    var sum = d[head] * x;
                    for (var n = 0; n < s.StateSize; n++)
                    {
                        var b = values[s.InnerSize + (group * s.StateSize) + n];
                        var c = values[s.InnerSize + s.GroupedSize + (group * s.StateSize) + n];
                        states[head, p, n] = (states[head, p, n] * past) + (dt * b * x);
                        sum += c * states[head, p, n];
                    }
                    y[(t * s.InnerSize) + (head * s.HeadDim) + p] = sum;
                }
            }
        }
        return y;
    }
}
