using System.Collections.Immutable;
using TorchSharp;
using static TorchSharp.torch;

namespace Gaudi.Tests.Training.Network;

/// <summary>
/// A low-rank change of every linear layer of a Llama model: y = W·x + alpha / rank · B·(A·x). float32, trainable. Owns its
/// tensors.
/// </summary>
/// <remarks>Source: Hu et al. 2021, section 4.1.</remarks>
public sealed class LoraAdapter : IDisposable
{
    /// <summary>The linear layers that are changed, in the order of a layer's computation.</summary>
    public static readonly ImmutableArray<string> Targets =
        ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

    private const string WeightEnding = ".weight";

    private readonly ImmutableSortedDictionary<string, LoraFactors> _factors;

    private LoraAdapter(int rank, int alpha, ImmutableSortedDictionary<string, LoraFactors> factors)
    {
        (Rank, Alpha, _factors) = (rank, alpha, factors);
        Scale = (double)alpha / rank;
    }

    /// <summary>Columns of B and rows of A.</summary>
    public int Rank { get; }

    /// <summary>Numerator of the scale.</summary>
    public int Alpha { get; }

    /// <summary>What B·A is multiplied by: alpha / rank. Held, so that no native call outlives it; see LlamaNet.</summary>
    public Scalar Scale { get; }

    /// <summary>Number of parameters.</summary>
    public long Count => Named.Sum(named => named.Value.numel());

    /// <summary>The factors by the names PEFT gives them within the model, in the order of the layers' names.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Named => _factors.SelectMany(layer => new[]
    {
        KeyValuePair.Create(NameOfA(layer.Key), layer.Value.A),
        KeyValuePair.Create(NameOfB(layer.Key), layer.Value.B),
    });

    /// <summary>An adapter that changes nothing yet: B is zero, A uniform within one over the root of its row's length.</summary>
    public static LoraAdapter Fresh(LlamaWeights weights, int rank, int alpha, int seed)
    {
        using var generator = new Generator((ulong)seed);
        var factors = ImmutableSortedDictionary.CreateBuilder<string, LoraFactors>(StringComparer.Ordinal);
        foreach (var (layer, weight) in LinearLayers(weights))
        {
            using Scalar width = 2 / Math.Sqrt(weight.shape[1]);
            using Scalar middle = -1 / Math.Sqrt(weight.shape[1]);
            using var zeroToOne = rand([rank, weight.shape[1]], generator: generator); // [rank, in]
            using var spread = zeroToOne.mul(width); // [rank, in]
            var a = spread.add(middle).requires_grad_(true); // [rank, in]
            factors[layer] = new LoraFactors(a, zeros(weight.shape[0], rank).requires_grad_(true));
        }

        return new LoraAdapter(rank, alpha, factors.ToImmutable());
    }

    /// <summary>An adapter from tensors named as in <see cref="Named"/>; takes ownership.</summary>
    /// <exception cref="ArgumentException">A tensor is missing, is one too many or has another size.</exception>
    public static LoraAdapter From(
        LlamaWeights weights, int rank, int alpha, IReadOnlyDictionary<string, Tensor> tensors)
    {
        var factors = ImmutableSortedDictionary.CreateBuilder<string, LoraFactors>(StringComparer.Ordinal);
        foreach (var (layer, weight) in LinearLayers(weights))
        {
            factors[layer] = new LoraFactors(
                Take(tensors, NameOfA(layer), [rank, weight.shape[1]]), Take(tensors, NameOfB(layer), [weight.shape[0], rank]));
        }

        return tensors.Count == 2 * factors.Count
            ? new LoraAdapter(rank, alpha, factors.ToImmutable())
            : throw new ArgumentException($"{2 * factors.Count} tensors were expected, {tensors.Count} came");
    }

    /// <summary>The factors beside a weight, or null where the weight stays as it is.</summary>
    /// <param name="weightName">As in <see cref="LlamaWeights.Named"/>.</param>
    public LoraFactors? FactorsOf(string weightName) =>
        weightName.EndsWith(WeightEnding, StringComparison.Ordinal)
            ? _factors.GetValueOrDefault(weightName[..^WeightEnding.Length])
            : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        Scale.Dispose();
        foreach (var (_, tensor) in Named)
        {
            tensor.Dispose();
        }
    }

    private static string NameOfA(string layer) => $"{layer}.lora_A{WeightEnding}";

    private static string NameOfB(string layer) => $"{layer}.lora_B{WeightEnding}";

    private static IEnumerable<(string Name, Tensor Weight)> LinearLayers(LlamaWeights weights) => weights.Named
        .Where(named => Targets.Any(target => named.Key.EndsWith($".{target}{WeightEnding}", StringComparison.Ordinal)))
        .Select(named => (named.Key[..^WeightEnding.Length], named.Value));

    private static Tensor Take(IReadOnlyDictionary<string, Tensor> tensors, string name, long[] size) =>
        tensors.TryGetValue(name, out var tensor) && tensor.shape.SequenceEqual(size)
            ? tensor.requires_grad_(true)
            : throw new ArgumentException($"tensor `{name}` of size [{string.Join(", ", size)}] was expected");
}
