using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// Builds one rank's runner from a model folder: reads only the slices this rank owns, all under leases.
/// </summary>
public static class ModelLoader
{
    /// <summary>Loads. Runs on the card's pinned thread; speaks to no peer.</summary>
    /// <param name="settings">What to load and how much room to keep.</param>
    /// <param name="card">Gives memory; outlives the runner.</param>
    /// <param name="ops">Looked up now, never again.</param>
    /// <param name="collective">Gives rank and world size now, and carries the steps' sums until Rejoin.</param>
    /// <returns>The runner; disposing it gives every lease back.</returns>
    /// <exception cref="CheckpointException">The folder cannot be used, or not by so many ranks.</exception>
    /// <exception cref="CardMemoryException">The card has too little memory.</exception>
    public static IModelRunner Load(ModelRunnerSettings settings, ICard card, OpTable ops, ICollective collective)
    {
        Check(settings);
        var config = ModelConfig.Read(settings.ModelFolder);
        var maxModelLen = settings.MaxModelLen ?? config.MaxPositionEmbeddings;
        ModelLimits.Check(config, collective.WorldSize, maxModelLen);
        using var checkpoint = Checkpoint.Open(settings.ModelFolder);
        var dtype = ModelDtype.Choose(settings.Dtype, checkpoint);
        var leases = new List<Lease>();
        using var noGrad = no_grad();
        var layerOps = new LayerOps(ops, dtype.Dtype, card.Device, new RankLane(collective));
        try
        {
            leases.Add(card.Reserve("rotary table", maxModelLen * (long)config.HeadDim * sizeof(float)));
            var model = ModelFamilies.Build(config, layerOps, maxModelLen);
            var weightBytes = layerOps.Weighted.Sum(op => op.WeightBytes);
            leases.Add(card.Reserve("weights", weightBytes));
            WeightLoader.Load(layerOps.Weighted, checkpoint, config.TieWordEmbeddings);
            leases.Add(card.Reserve("activations", ActivationBytes(config, collective.WorldSize, maxModelLen)));
            var shape = new KvShape(
                config.LayerCount, layerOps.Lane.Share(config.KvHeadCount), config.HeadDim, settings.BlockSizeTokens,
                dtype.Dtype);
            var blockCount = shape.BlockCount(settings, maxModelLen, card.Facts.MemoryBytes, card.UsedBytes);
            var cache = new KvCache(card, shape, blockCount);
            var facts = new ModelRunnerFacts(
                config.Architecture, dtype.Name, config.VocabularySize, maxModelLen, settings.BlockSizeTokens,
                blockCount, weightBytes, cache.Bytes) { Notes = [.. dtype.Notes, .. RowLaw.Breaches(layerOps)] };
            return new ModelRunner(model, layerOps, cache, [.. leases], facts);
        }
        catch
        {
            layerOps.Dispose();
            leases.ForEach(lease => lease.Dispose());
            throw;
        }
    }

    private static void Check(ModelRunnerSettings settings)
    {
        if (settings.BlockSizeTokens < 1 || settings.BlockSizeTokens % 8 != 0)
            throw new CheckpointException(
                $"the KV block size must be a multiple of 8 tokens, not {settings.BlockSizeTokens}; "
                + "a Gaudi card's is 128");
        if (settings.MemoryUtilization is not (> 0 and <= 1))
            throw new CheckpointException(
                $"the memory utilization must be over 0 and at most 1, not {settings.MemoryUtilization}");
    }

    // The largest set alive at once: the stream and its copies beside the widest layer part, in float32, and the
    // logits.
    private static long ActivationBytes(ModelConfig config, int worldSize, int maxModelLen)
    {
        var rows = (long)Math.Min(ModelRunner.PassRowsMax, maxModelLen);
        var attention = (config.HeadCount + (2L * config.KvHeadCount)) * config.HeadDim / worldSize;
        var feedForward = 2L * config.IntermediateSize / worldSize;
        var perRow = (6L * config.HiddenSize) + (3 * Math.Max(attention, feedForward));
        var logits = 3L * ModelRunner.LogitsRowsMax * config.VocabularySize;
        return sizeof(float) * ((rows * perRow) + logits + maxModelLen);
    }
}
