using System.Collections.Immutable;
using Gaudi.Hpu.Layers;

namespace Gaudi.Hpu.Models;

/// <summary>One architecture: what its config.json says and leaves out, what it cannot do, and how a rank's part is built.</summary>
internal abstract class ModelFamily
{
    /// <summary>As `architectures` in config.json names it.</summary>
    public abstract string Architecture { get; }

    /// <summary>What holds where config.json is silent.</summary>
    public abstract FamilyDefaults Defaults { get; }

    /// <summary>Adds what this family's config.json says beyond the fields that all have.</summary>
    /// <param name="config">From those.</param>
    /// <param name="fields">Of config.json; what is wrong is noted there.</param>
    public virtual ModelConfig Complete(ModelConfig config, JsonFields fields) => config;

    /// <summary>Where config.json says how positions are rotated, in its newer form; null where it uses the older one.</summary>
    public virtual JsonFields? RopeParameters(JsonFields fields) => fields.Object("rope_parameters");

    /// <summary>What is divided evenly over the ranks, with its name for a message.</summary>
    public virtual IEnumerable<(int Count, string What)> Splits(ModelConfig config)
    {
        yield return (config.HeadCount, "attention heads");
        yield return (config.KvHeadCount, "key-value heads");
        if (config.Moe is not { } moe || moe.SparseLayers.Contains(false))
            yield return (config.IntermediateSize, "feed-forward columns");
        if (config.Moe is { } mixture)
            yield return (mixture.IntermediateSize, "columns of an expert");
        if (config.Moe is { SharedIntermediateSize: > 0 and var shared })
            yield return (shared, "columns of the shared expert");
    }

    /// <summary>Tensors of a checkpoint that this family may leave unread, such as layers that only training needs.</summary>
    public virtual bool IsIgnored(ModelConfig config, string tensorName) => false;

    /// <summary>What each layer of one rank keeps of sequences, first to last.</summary>
    /// <param name="config">Already checked.</param>
    /// <param name="worldSize">Ranks the model is split over.</param>
    public virtual ImmutableArray<LayerMemoryShape> Memory(ModelConfig config, int worldSize) =>
        [.. Enumerable.Repeat(new KvLayerShape(config.KvHeadCount / worldSize, config.HeadDim), config.LayerCount)];

    /// <summary>The model of one rank, its weights not yet loaded.</summary>
    /// <param name="config">Already checked: see <see cref="ModelLimits"/>.</param>
    /// <param name="ops">Builds its ops.</param>
    /// <param name="maxPositions">Positions the rotary tables serve.</param>
    public abstract DecoderModel Build(ModelConfig config, LayerOps ops, int maxPositions);
}
