using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>Sizes of one rank's KV cache.</summary>
/// <param name="LayerCount">Layers.</param>
/// <param name="KvHeadCount">Key and value heads of this rank.</param>
/// <param name="HeadDim">Dimensions of a head.</param>
/// <param name="BlockSizeTokens">Positions a block.</param>
/// <param name="Dtype">Of the stored values.</param>
internal sealed record KvShape(int LayerCount, int KvHeadCount, int HeadDim, int BlockSizeTokens, ScalarType Dtype)
{
    /// <summary>Bytes one block takes over all layers.</summary>
    public long BlockBytes => LayerCount * PagedKv.BlockBytes(BlockSizeTokens, KvHeadCount, HeadDim, Dtype);

    /// <summary>How many blocks the cache gets.</summary>
    /// <param name="settings">A count, or null for what the memory gives.</param>
    /// <param name="maxModelLen">Longest sequence, in tokens.</param>
    /// <param name="memoryBytes">The card's memory.</param>
    /// <param name="usedBytes">Under lease already, weights and activations among it.</param>
    /// <param name="draftBlockBytes">Bytes the same block takes in a draft model's cache; 0 without one.</param>
    /// <exception cref="CardMemoryException">Not even one sequence of the longest length fits.</exception>
    public int BlockCount(
        ModelRunnerSettings settings, int maxModelLen, long memoryBytes, long usedBytes, long draftBlockBytes)
    {
        var blockBytes = BlockBytes + draftBlockBytes;
        var needed = (maxModelLen + BlockSizeTokens - 1) / BlockSizeTokens;
        var forCache = (long)(memoryBytes * settings.MemoryUtilization) - usedBytes;
        var useful = settings.SequencesMax is { } sequences ? (long)sequences * needed : int.MaxValue;
        var count = settings.KvBlockCount ?? (int)Math.Clamp(forCache / blockBytes, 0, useful);
        if (count >= needed)
            return count;
        throw new CardMemoryException(settings.KvBlockCount is null
            ? $"one sequence of {maxModelLen} tokens needs {needed * blockBytes:N0} bytes of KV cache, but of the "
                + $"card's {memoryBytes:N0} bytes times memory utilization {settings.MemoryUtilization} only "
                + $"{Math.Max(0, forCache):N0} are left beside the weights; lower --max-model-len, raise the memory "
                + "utilization, or use more cards"
            : $"one sequence of {maxModelLen} tokens needs {needed} KV blocks of {BlockSizeTokens}, the settings give "
                + $"{count}; give more KV blocks or lower --max-model-len");
    }
}
