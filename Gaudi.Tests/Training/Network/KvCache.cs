using static TorchSharp.torch;

namespace Gaudi.Tests.Training.Network;

/// <summary>Keys and values of the tokens so far, for one batch of equally long sequences. Owns them.</summary>
public sealed class KvCache(int layerCount) : IDisposable
{
    private readonly Tensor?[] _keys = new Tensor?[layerCount];
    private readonly Tensor?[] _values = new Tensor?[layerCount];

    /// <summary>Tokens held a sequence.</summary>
    public long Length { get; private set; }

    /// <summary>Joins new keys and values to those held and returns all; the cache keeps owning them.</summary>
    /// <param name="keys">[batch, kvHeads, tokens, headDim].</param>
    /// <param name="values">[batch, kvHeads, tokens, headDim].</param>
    public (Tensor Keys, Tensor Values) Join(int layerIndex, Tensor keys, Tensor values)
    {
        var allKeys = Join(ref _keys[layerIndex], keys);
        var allValues = Join(ref _values[layerIndex], values);
        if (layerIndex == layerCount - 1)
        {
            Length += keys.shape[2];
        }

        return (allKeys, allValues);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _keys.Concat(_values))
        {
            tensor?.Dispose();
        }
    }

    private static Tensor Join(ref Tensor? held, Tensor added)
    {
        var joined = held is null ? added.clone() : cat([held, added], 2); // [batch, kvHeads, all tokens, headDim]
        held?.Dispose();
        return held = joined.DetachFromDisposeScope();
    }
}
