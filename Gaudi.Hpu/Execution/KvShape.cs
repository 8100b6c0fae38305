using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Layers;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>Sizes of one rank's memory of sequences.</summary>
/// <param name="Layers">What each keeps, first to last.</param>
/// <param name="BlockSizeTokens">Positions a block.</param>
/// <param name="Dtype">Of stored keys and values.</param>
/// <param name="SlotCount">Sequences whose states are kept at once; 0 where no layer has a state.</param>
internal sealed record KvShape(
    ImmutableArray<LayerMemoryShape> Layers, int BlockSizeTokens, ScalarType Dtype, int SlotCount)
{
    /// <summary>Sequences whose states are kept where nobody says how many run at once.</summary>
    private const int SlotCountUnlessSaid = 16;

    /// <summary>Bytes one block takes over all layers.</summary>
    public long BlockBytes => Layers.Sum(layer => layer.BlockBytes(BlockSizeTokens, Dtype));

    /// <summary>Bytes the states of all slots take over all layers.</summary>
    public long StateBytes => SlotCount * Layers.Sum(layer => layer.SlotBytes);

    /// <summary>The shape, with a slot for every sequence that runs at once where a layer has a state.</summary>
    public static KvShape Of(ImmutableArray<LayerMemoryShape> layers, ModelRunnerSettings settings, ScalarType dtype) => new(
        layers, settings.BlockSizeTokens, dtype,
        layers.Any(layer => layer.SlotBytes > 0) ? settings.SequencesMax ?? SlotCountUnlessSaid : 0);

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
        var forCache = (long)(memoryBytes * settings.MemoryUtilization) - usedBytes - StateBytes;
        var useful = (settings.SequencesMax ?? (blockBytes > 0 ? null : SlotCountUnlessSaid)) is { } sequences
            ? Math.Min((long)sequences * needed, int.MaxValue)
            : int.MaxValue;
        // Blocks of a model that keeps states alone are numbers without memory.
        var affordable = blockBytes > 0 ? forCache / blockBytes : forCache < 0 ? 0 : useful;
        var count = settings.KvBlockCount ?? (int)Math.Clamp(affordable, 0, useful);
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
