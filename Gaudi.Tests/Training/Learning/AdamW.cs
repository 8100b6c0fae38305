using Gaudi.Hpu.Ops;
using System.Collections.Immutable;
using TorchSharp;
using static TorchSharp.torch;

namespace Gaudi.Tests.Training.Learning;

/// <summary>Adam with decoupled weight decay, and moments that can be saved. Owns the moments.</summary>
/// <remarks>Source: Loshchilov and Hutter 2019, algorithm 2. Norm weights are not decayed.</remarks>
public sealed class AdamW : IDisposable
{
    private const double FirstDecay = 0.9;
    private const double SecondDecay = 0.98;
    private const double Epsilon = 1e-8;
    private const double GradientNormMax = 1.0;

    private readonly double _weightDecay;
    private readonly ImmutableArray<Slot> _slots;

    /// <summary>Starts with zero moments, or takes over those saved by <see cref="Moments"/>.</summary>
    /// <param name="parameters">What is learnt, by name; every step expects a gradient of each.</param>
    public AdamW(
        IEnumerable<KeyValuePair<string, Tensor>> parameters, double weightDecay,
        IReadOnlyDictionary<string, Tensor>? saved = null)
    {
        _weightDecay = weightDecay;
        _slots = parameters.Select(named => new Slot(
            named.Key,
            named.Value,
            saved?["first." + named.Key] ?? zeros_like(named.Value).requires_grad_(false),
            saved?["second." + named.Key] ?? zeros_like(named.Value).requires_grad_(false))).ToImmutableArray();
    }

    /// <summary>The moments by name; owned by this object.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Moments() => _slots.SelectMany(slot => new[]
    {
        KeyValuePair.Create("first." + slot.Name, slot.First),
        KeyValuePair.Create("second." + slot.Name, slot.Second),
    });

    /// <summary>One update from the parameters' gradients, which are clipped and then cleared.</summary>
    /// <param name="stepNumber">Counts from 1.</param>
    /// <returns>The norm of the gradients before clipping.</returns>
    public double Step(int stepNumber, double learningRate)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var norm = Math.Sqrt(_slots.Sum(slot => slot.Gradient.square().sum().ToDouble()));
        using Scalar scale = Math.Min(1, GradientNormMax / (norm + 1e-6));
        foreach (var slot in _slots)
        {
            Update(slot, slot.Gradient.mul_(scale), stepNumber, learningRate);
            slot.Gradient.zero_();
        }

        return norm;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slot in _slots)
        {
            slot.First.Dispose();
            slot.Second.Dispose();
        }
    }

    private void Update(Slot slot, Tensor gradient, int stepNumber, double learningRate)
    {
        // Scalars are named so that they live until the native calls are over; see LlamaNet.
        using Scalar firstKept = FirstDecay;
        using Scalar firstAdded = 1 - FirstDecay;
        using Scalar secondKept = SecondDecay;
        using Scalar secondAdded = 1 - SecondDecay;
        using Scalar secondBias = 1 - Math.Pow(SecondDecay, stepNumber);
        using Scalar epsilon = Epsilon;
        using Scalar parameterKept = 1 - (learningRate * _weightDecay);
        using Scalar stride = -learningRate / (1 - Math.Pow(FirstDecay, stepNumber));
        slot.First.mul_(firstKept).add_(gradient, firstAdded);
        slot.Second.mul_(secondKept).addcmul_(gradient, gradient, secondAdded);
        var root = slot.Second.div(secondBias).sqrt_();
        root.Accumulate(epsilon);
        if (slot.Parameter.dim() > 1)
        {
            slot.Parameter.mul_(parameterKept);
        }

        slot.Parameter.addcdiv_(slot.First, root, stride);
    }

    private sealed record Slot(string Name, Tensor Parameter, Tensor First, Tensor Second)
    {
        public Tensor Gradient => Parameter.grad ?? throw new InvalidOperationException($"`{Name}` got no gradient");
    }
}
