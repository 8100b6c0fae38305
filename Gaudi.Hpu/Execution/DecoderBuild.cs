using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using Gaudi.Hpu.Quantization;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>One model's slice on one rank while it is loaded: everything but its KV blocks, whose number comes last.</summary>
internal sealed class DecoderBuild : IDisposable
{
    private readonly ICard _card;
    private readonly List<Lease> _leases = [];
    private readonly DecoderModel _model;

    /// <summary>Builds the ops and reads the slices this rank owns, under leases.</summary>
    /// <param name="folder">A Hugging Face model folder.</param>
    /// <param name="settings">Type and block size.</param>
    /// <param name="maxModelLen">Longest sequence to be served, in tokens.</param>
    /// <param name="card">Gives memory.</param>
    /// <param name="table">Ops are looked up now, never again.</param>
    /// <param name="collective">Gives rank and world size.</param>
    /// <param name="leasePrefix">Before the purposes of its leases; empty for the target.</param>
    /// <param name="lora">The place for adapters; null for none.</param>
    /// <exception cref="CheckpointException">The folder cannot be used, or not by so many ranks.</exception>
    /// <exception cref="CardMemoryException">The card has too little memory.</exception>
    public DecoderBuild(
        string folder, ModelRunnerSettings settings, int? maxModelLen, ICard card, OpTable table, ICollective collective,
        string leasePrefix, LoraSettings? lora = null)
    {
        _card = card;
        Float8 = Fp8Rules.Of(card.Facts, settings.Fp8);
        Config = ModelConfig.Read(folder);
        MaxModelLen = maxModelLen ?? Config.PositionsMax;
        ModelLimits.Check(Config, collective.WorldSize, MaxModelLen);
        ModelLimits.CheckUse(Config, collective.WorldSize, settings.VerifiesDrafts, settings.IsExpertParallel);
        using var checkpoint = Checkpoint.Open(folder, Config.Quantization);
        Dtype = ModelDtype.Choose(settings.Dtype, checkpoint, Config.LinearScheme);
        Kv = KvStorage.Of(
            settings, Config, ModelFamilies.Of(Config).Memory(Config, collective.WorldSize), Dtype.Dtype, checkpoint,
            Fp8Range.Of(card.Facts));
        Ops = new LayerOps(table, Dtype.Dtype, card.Device, new RankLane(collective))
        {
            IsExpertParallel = settings.IsExpertParallel,
            Quantization = Config.LinearScheme is { } quantization
                ? new LinearQuantization(quantization, checkpoint.FindStored, Float8)
                : null,
            ExpertsPerSlice = settings.ExpertsPerSlice,
            Lora = lora is null ? null : new LoraRoom(lora.SlotCount, lora.RankMax, new LoraBatch()),
        };
        try
        {
            Reserve($"{leasePrefix}rotary table", Config.RotaryTableBytes(MaxModelLen));
            _model = ModelFamilies.Of(Config).Build(Config, Ops, MaxModelLen);
            WeightBytes = Ops.Weighted.Sum(op => op.WeightBytes);
            Reserve($"{leasePrefix}weights", WeightBytes);
            if (lora is not null)
                Loras = TakeSlots($"{leasePrefix}lora slots", lora);
            WeightLoader.Load(Ops.Weighted, checkpoint, IsIgnored);
        }
        catch (QuantizationException error)
        {
            Dispose();
            throw new CheckpointException($"{folder}: {error.Message}", error);
        }
        catch
        {
            Dispose();
            throw;
        }
        KvShape = KvShape.Of(Kv.Layers, settings, Kv.Dtype);
    }

    /// <summary>What the folder says.</summary>
    public ModelConfig Config { get; }

    /// <summary>Longest sequence served, in tokens.</summary>
    public int MaxModelLen { get; }

    /// <summary>Of weights and activations.</summary>
    public ModelDtype Dtype { get; }

    /// <summary>How keys and values are kept.</summary>
    public KvStorage Kv { get; }

    /// <summary>With loaded weights.</summary>
    public LayerOps Ops { get; }

    /// <summary>Bytes of weights this rank holds.</summary>
    public long WeightBytes { get; }

    /// <summary>Its adapters, none loaded yet; null where none are served. The runner's from the assembly on.</summary>
    public LoraShelf? Loras { get; }

    /// <summary>How the card counts in float8, where keys and values depend on it; empty where they do not.</summary>
    public string Float8Told => Kv.IsFloat8 || Config.LinearScheme is { UsesFloat8: true } ? $"{Float8}" : "";

    private Fp8Rules Float8 { get; }

    /// <summary>Sizes of its KV blocks.</summary>
    public KvShape KvShape { get; }

    /// <summary>Its leases so far.</summary>
    public IReadOnlyList<Lease> Leases => _leases;

    /// <summary>Bytes of the largest set alive at once.</summary>
    public long ActivationBytes =>
        new ActivationPeak(Config, Ops.Lane.WorldSize, MaxModelLen, Dtype.Dtype, Ops.IsExpertParallel).Bytes
        + Ops.ProductScratchBytes(Math.Min(Decoder.PassRowsMax, MaxModelLen))
        + Ops.LoraLayers.Select(layer => layer.ScratchBytes(Math.Min(Decoder.PassRowsMax, MaxModelLen))).DefaultIfEmpty().Max();

    /// <summary>Takes memory for as long as the model is loaded.</summary>
    public void Reserve(string purpose, long bytes) => _leases.Add(_card.Reserve(purpose, bytes));

    /// <summary>Gives it KV blocks: the decoder owns ops and blocks from here on, the caller the leases.</summary>
    public Decoder WithCache(int blockCount, string purpose) =>
        new(_model, Ops, new KvCache(_card, KvShape, blockCount, purpose + Kv.Told));

    private LoraShelf TakeSlots(string purpose, LoraSettings lora)
    {
        ImmutableArray<ILoraLayer> layers = [.. Ops.LoraLayers];
        Reserve(purpose, layers.Sum(layer => layer.SlotBytes));
        return new LoraShelf(layers, lora, Dtype.Dtype);
    }

    // Old checkpoints carry the rotary frequencies, which are computed here; a tied head may lie there as a copy. Scales of keys
    // and values are read apart, or not needed.
    private bool IsIgnored(string name) =>
        name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal)
        || (Config.TieWordEmbeddings && name == "lm_head.weight")
        || (Config.LinearScheme?.IsIgnored(name) ?? false)
        || KvScaleName.Parse(name) is not null
        || ModelFamilies.Of(Config).IsIgnored(Config, name);

    /// <inheritdoc />
    public void Dispose()
    {
        Ops.Dispose();
        _leases.ForEach(lease => lease.Dispose());
    }
}
