using System.Collections.Immutable;
using TorchSharp;
using static TorchSharp.torch;

namespace Gaudi.Tests.Training.Network;

/// <summary>A Llama model's parameters by their Hugging Face names; float32, trainable. Owns its tensors.</summary>
public sealed class LlamaWeights : IDisposable
{
    private const double InitialDeviation = 0.02;

    private readonly ImmutableSortedDictionary<string, Tensor> _tensors;

    private LlamaWeights(LlamaShape shape, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        Shape = shape;
        _tensors = tensors.ToImmutableSortedDictionary(StringComparer.Ordinal);
    }

    /// <summary>The sizes the parameters follow.</summary>
    public LlamaShape Shape { get; }

    /// <summary>Parameters in the order of their names.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Named => _tensors;

    /// <summary>The parameter; owned by this object.</summary>
    public Tensor this[string name] => _tensors[name];

    /// <summary>Number of parameters; the tied output matrix counts once.</summary>
    public long Count => _tensors.Values.Sum(tensor => tensor.numel());

    /// <summary>Fresh weights: normal, deviation 0.02; what writes to the residual stream is scaled down.</summary>
    public static LlamaWeights Random(LlamaShape shape, int seed)
    {
        using var generator = new Generator((ulong)seed);
        var tensors = Shapes(shape)
            .Select(named => KeyValuePair.Create(named.Name, Fresh(named.Name, named.Size, shape, generator)));
        return new LlamaWeights(shape, tensors);
    }

    /// <summary>Weights from tensors of the right names and sizes; takes ownership.</summary>
    /// <exception cref="ArgumentException">A parameter is missing or has another size.</exception>
    public static LlamaWeights From(LlamaShape shape, IReadOnlyDictionary<string, Tensor> tensors)
    {
        foreach (var (name, size) in Shapes(shape))
        {
            if (!tensors.TryGetValue(name, out var tensor) || !tensor.shape.SequenceEqual(size))
            {
                throw new ArgumentException($"parameter `{name}` of size [{string.Join(", ", size)}] was expected");
            }
        }

        var trainable = tensors.Select(named => KeyValuePair.Create(named.Key, named.Value.requires_grad_(true)));
        return new LlamaWeights(shape, trainable);
    }

    /// <summary>Stops every parameter from collecting a gradient: what is learnt from here on is an adapter's.</summary>
    public void Freeze()
    {
        foreach (var tensor in _tensors.Values)
        {
            tensor.requires_grad_(false);
        }
    }

    /// <summary>Sets every parameter of a layer to zero: the layer then passes its input on unchanged.</summary>
    public void ZeroLayer(int layerIndex)
    {
        using var noGrad = no_grad();
        var prefix = $"model.layers.{layerIndex}.";
        foreach (var (_, tensor) in _tensors.Where(named => named.Key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            tensor.zero_();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _tensors.Values)
        {
            tensor.Dispose();
        }
    }

    private static Tensor Fresh(string name, long[] size, LlamaShape shape, Generator generator)
    {
        if (size.Length == 1)
        {
            return ones(size).requires_grad_(true);
        }

        var writesResidual = name.EndsWith("o_proj.weight", StringComparison.Ordinal)
            || name.EndsWith("down_proj.weight", StringComparison.Ordinal);
        var deviation = writesResidual ? InitialDeviation / Math.Sqrt(2 * shape.LayerCount) : InitialDeviation;
        return randn(size, generator: generator).mul_(deviation).requires_grad_(true);
    }

    private static IEnumerable<(string Name, long[] Size)> Shapes(LlamaShape shape)
    {
        var queries = shape.HeadCount * shape.HeadDim;
        var keys = shape.KvHeadCount * shape.HeadDim;
        yield return ("model.embed_tokens.weight", [shape.VocabularyCount, shape.Hidden]);
        yield return ("model.norm.weight", [shape.Hidden]);
        for (var i = 0; i < shape.LayerCount; i++)
        {
            var layer = $"model.layers.{i}.";
            yield return (layer + "input_layernorm.weight", [shape.Hidden]);
            yield return (layer + "self_attn.q_proj.weight", [queries, shape.Hidden]);
            yield return (layer + "self_attn.k_proj.weight", [keys, shape.Hidden]);
            yield return (layer + "self_attn.v_proj.weight", [keys, shape.Hidden]);
            yield return (layer + "self_attn.o_proj.weight", [shape.Hidden, queries]);
            yield return (layer + "post_attention_layernorm.weight", [shape.Hidden]);
            yield return (layer + "mlp.gate_proj.weight", [shape.Intermediate, shape.Hidden]);
            yield return (layer + "mlp.up_proj.weight", [shape.Intermediate, shape.Hidden]);
            yield return (layer + "mlp.down_proj.weight", [shape.Hidden, shape.Intermediate]);
        }
    }
}
