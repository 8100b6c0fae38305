using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers;

/// <summary>
/// Builds the ops of one model on one rank, all through the table, and keeps what was built in order, so that the
/// loader can fill the weights and the runner can dispose them.
/// </summary>
/// <param name="table">Where ops are looked up, once each.</param>
/// <param name="dtype">Of weights and activations.</param>
/// <param name="device">Where tensors live.</param>
/// <param name="lane">This rank's place in its group.</param>
public sealed class LayerOps(OpTable table, ScalarType dtype, Device device, RankLane lane) : IDisposable
{
    private readonly List<IDisposable> _built = [];

    /// <summary>Of weights and activations.</summary>
    public ScalarType Dtype => dtype;

    /// <summary>Where tensors live.</summary>
    public Device Device => device;

    /// <summary>Whether the ranks share mixtures of experts by whole experts.</summary>
    public bool IsExpertParallel { get; init; }

    /// <summary>Chooses how each linear layer keeps its weight; null where all do plainly.</summary>
    public ILinearMethodChoice? Quantization { get; init; }

    /// <summary>Experts a mixture computes in one pass; null computes all in one.</summary>
    public int? ExpertsPerSlice { get; init; }

    /// <summary>The place kept for adapters; null where there are none.</summary>
    public LoraRoom? Lora { get; init; }

    /// <summary>This rank's place in its group.</summary>
    public RankLane Lane => lane;

    /// <summary>Every op with weights, in the order built.</summary>
    public IEnumerable<IWeighted> Weighted => _built.OfType<IWeighted>();

    /// <summary>The layers that adapters may change, in the order built.</summary>
    public IEnumerable<ILoraLayer> LoraLayers => _built.OfType<ILoraLayer>();

    /// <summary>An RMS norm.</summary>
    public RmsNorm Norm(string prefix, int size, double epsilon, NormKind kind = NormKind.Plain)
    {
        var spec = new RmsNormSpec(prefix, dtype, device, size, (float)epsilon);
        return Keep(kind == NormKind.OnePlus ? table.Create<GemmaRmsNorm>(spec) : table.Create<RmsNorm>(spec));
    }

    /// <summary>Bytes the greediest linear layer needs during its product beside the rows it reads and writes.</summary>
    /// <param name="rowCount">Rows of a product.</param>
    public long ProductScratchBytes(int rowCount) =>
        _built.OfType<ParallelLinear>().Select(linear => linear.Method.ScratchBytes(rowCount))
            .Concat(_built.OfType<FusedMoe>().Select(experts => experts.ScratchBytes(rowCount))).DefaultIfEmpty().Max();

    /// <summary>A query, key and value projection.</summary>
    public QkvParallelLinear Qkv(string prefix, int inputSize, bool hasBias, params ReadOnlySpan<LinearPart> parts) =>
        Adaptable(table.Create<QkvParallelLinear>(Linear(prefix, LinearSplit.Outputs, inputSize, hasBias, parts)));

    /// <summary>Several column-parallel weights in one product.</summary>
    public MergedColumnParallelLinear Merged(
        string prefix, int inputSize, bool hasBias, params ReadOnlySpan<LinearPart> parts) => Adaptable(
        table.Create<MergedColumnParallelLinear>(Linear(prefix, LinearSplit.Outputs, inputSize, hasBias, parts)));

    /// <summary>A row-parallel projection.</summary>
    public RowParallelLinear Row(string prefix, int inputSize, int outputSize, bool hasBias) =>
        Adaptable(table.Create<RowParallelLinear>(
            Linear(prefix, LinearSplit.Inputs, inputSize, hasBias, [new LinearPart(prefix, outputSize)])));

    /// <summary>A column-parallel projection.</summary>
    public ColumnParallelLinear Column(string prefix, int inputSize, int outputSize, bool hasBias) =>
        Adaptable(table.Create<ColumnParallelLinear>(
            Linear(prefix, LinearSplit.Outputs, inputSize, hasBias, [new LinearPart(prefix, outputSize)])));

    /// <summary>A projection of each head by itself; see <see cref="PerHeadSpec"/>.</summary>
    public PerHeadLinear PerHead(
        string prefix, int headCount, int rowsPerHead, Range rows, int columnCount, bool isTransposed) =>
        Keep(table.Create<PerHeadLinear>(new PerHeadSpec(
            prefix, dtype, device, lane, headCount, rowsPerHead, rows, columnCount, isTransposed)
        {
            Method = Method(prefix, new LinearShare(
                lane, LinearSplit.Outputs, columnCount, [new LinearPart(prefix, headCount * rowsPerHead)])),
        }));

    /// <summary>Attention of this rank's heads over one key-value head that all ranks have.</summary>
    public Attention SharedKeyAttention(string prefix, LatentShape shape) => Keep(table.Create<Attention>(
        new AttentionSpec(
            $"{prefix}.attn", dtype, device, lane.Share(shape.HeadCount), KvHeadCount: 1, shape.CachedDim, (float)shape.Scale)
        {
            SharedValueDim = shape.KvRank,
        }));

    /// <summary>A projection that every rank holds whole.</summary>
    public ReplicatedLinear Replicated(string prefix, int inputSize, int outputSize, bool hasBias) =>
        Replicated(prefix, inputSize, hasBias, new LinearPart(prefix, outputSize));

    /// <summary>A router of the class that the model asks for.</summary>
    /// <param name="spec">Of the same rank, type and device as everything here.</param>
    /// <typeparam name="T"><see cref="FusedTopkRouter"/> or <see cref="GroupedTopk"/>.</typeparam>
    public T Router<T>(RouterSpec spec) where T : TopkRouter => Keep(table.Create<T>(spec));

    /// <summary>A layer of experts.</summary>
    /// <param name="spec">Of the same rank, type and device as everything here.</param>
    public FusedMoe Experts(FusedMoeSpec spec) => Keep(Quantization?.ExpertsOf(table, spec) ?? table.Create<FusedMoe>(spec));

    /// <summary>Several projections in one product that every rank holds whole.</summary>
    public ReplicatedLinear Replicated(
        string prefix, int inputSize, bool hasBias, params ReadOnlySpan<LinearPart> parts) =>
        Keep(table.Create<ReplicatedLinear>(Linear(prefix, LinearSplit.Nothing, inputSize, hasBias, parts)));

    /// <summary>The convolution and state space of this rank's heads.</summary>
    public MambaMixer2 MambaMixer(MambaSpec spec) => Keep(table.Create<MambaMixer2>(spec));

    /// <summary>A gated norm of this rank's part of a row.</summary>
    /// <param name="prefix">Checkpoint name without `.weight`.</param>
    /// <param name="size">Of a row over all ranks.</param>
    /// <param name="groupCount">Parts of a row that are normed each by itself.</param>
    /// <param name="epsilon">Null gates without a norm.</param>
    public Mixer2RmsNormGated GatedNorm(string prefix, int size, int groupCount, double? epsilon) =>
        Keep(table.Create<Mixer2RmsNormGated>(
            new GatedNormSpec(prefix, dtype, device, lane, size, groupCount, (float?)epsilon)));

    /// <summary>A gated activation.</summary>
    public GatedActivation Activation(string prefix, Gate gate)
    {
        var spec = new ActivationSpec(prefix, dtype, device);
        return gate == Gate.GeluTanh ? table.Create<GeluAndMul>(spec) : table.Create<SiluAndMul>(spec);
    }

    /// <summary>Attention of this rank's heads.</summary>
    /// <param name="prefix">Checkpoint prefix of the attention layer.</param>
    /// <param name="shape">Sizes over all ranks.</param>
    public Attention Attention(string prefix, AttentionShape shape) => Keep(table.Create<Attention>(
        new AttentionSpec(
            $"{prefix}.attn", dtype, device, lane.Share(shape.HeadCount), lane.Share(shape.KvHeadCount), shape.HeadDim,
            (float)(shape.Scale ?? 1 / Math.Sqrt(shape.HeadDim)))
        {
            WindowTokens = shape.WindowTokens,
            SoftCap = (float?)shape.SoftCap,
            Sinks = shape.HasSinks
                ? WeightSlice.Share($"{prefix}.sinks", [shape.HeadCount], 0, lane.Rank, lane.WorldSize)
                : null,
        }));

    /// <summary>A layer norm with a weight and a bias.</summary>
    public LayerNorm LayerNorm(string prefix, int size, double epsilon) =>
        Keep(table.Create<LayerNorm>(new LayerNormSpec(prefix, dtype, device, size, (float)epsilon)));

    /// <summary>x sigmoid(1.702 x).</summary>
    public QuickGelu QuickGelu(string prefix) => table.Create<QuickGelu>(new ActivationSpec(prefix, dtype, device));

    /// <summary>The exact GELU.</summary>
    public Gelu Gelu(string prefix) => table.Create<Gelu>(new ActivationSpec(prefix, dtype, device));

    /// <summary>A rotation by given angles.</summary>
    public ApplyRotaryEmbedding RotaryAngles(string prefix, int headSize) =>
        table.Create<ApplyRotaryEmbedding>(new RotaryAnglesSpec(prefix, dtype, device, headSize));

    /// <summary>Attention of all heads inside segments, which every rank computes whole.</summary>
    public MmEncoderAttention EncoderAttention(string prefix, int headCount, int headDim) =>
        table.Create<MmEncoderAttention>(
            new EncoderAttentionSpec(prefix, dtype, device, headCount, headCount, headDim, 1f / MathF.Sqrt(headDim)));

    /// <summary>An embedding of patches, which every rank holds whole.</summary>
    public PatchEmbedding PatchEmbedding(
        string prefix, int channelCount, int frameCount, int patchSizePixels, int outputSize) => Keep(
        table.Create<PatchEmbedding>(
            new PatchEmbeddingSpec(prefix, dtype, device, channelCount, frameCount, patchSizePixels, outputSize)));

    /// <summary>A rotary embedding of the class that the scaling asks for.</summary>
    /// <param name="spec">Its scaling is null for <see cref="RotaryEmbedding"/>.</param>
    /// <typeparam name="T">The class.</typeparam>
    public T Rotary<T>(RotarySpec spec) where T : RotaryEmbedding => Keep(table.Create<T>(spec));

    /// <summary>The input embedding.</summary>
    public VocabParallelEmbedding Embedding(string prefix, int vocabularySize, int hiddenSize)
    {
        var embedding = Keep(table.Create<VocabParallelEmbedding>(
            new VocabularySpec(prefix, dtype, device, lane, vocabularySize, hiddenSize)));
        if (Lora is { } room)
            embedding.Lora = Keep(table.Create<VocabParallelEmbeddingWithLora>(LoraSpec.OfEmbedding(embedding.Spec, room)));
        return embedding;
    }

    /// <summary>The output head.</summary>
    /// <param name="prefix">Its checkpoint name, unless it is tied.</param>
    /// <param name="embedding">The model's input embedding.</param>
    /// <param name="isTied">Whether the head is the embedding's own weight.</param>
    public ParallelLmHead Head(string prefix, VocabParallelEmbedding embedding, bool isTied)
    {
        var head = Keep(table.Create<ParallelLmHead>(embedding.Spec with { Prefix = prefix, Tied = isTied ? embedding : null }));
        if (Lora is { } room)
            head.Lora = Keep(table.Create<LinearWithLora>(LoraSpec.OfHead(head.Spec, room)));
        return head;
    }

    /// <summary>The check of draft tokens.</summary>
    public RejectionSampler RejectionSampler(string prefix) =>
        table.Create<RejectionSampler>(new RejectionSpec(prefix, ScalarType.Float32, device));

    /// <summary>Gives up all weights and tables.</summary>
    public void Dispose()
    {
        foreach (var op in _built)
            op.Dispose();
    }

    private LinearSpec Linear(
        string prefix, LinearSplit split, int inputSize, bool hasBias, ReadOnlySpan<LinearPart> parts)
    {
        var share = new LinearShare(lane, split, inputSize, [.. parts]);
        return new LinearSpec(prefix, dtype, device, lane, inputSize, share.Parts, hasBias)
        {
            Method = Method(prefix, share),
        };
    }

    private ILinearMethod? Method(string prefix, LinearShare share) =>
        Quantization?.MethodOf(table, prefix, dtype, device, share);

    // Projections of attention and feed-forward parts alone: a state space layer's is cut into two ops.
    private T Adaptable<T>(T linear) where T : ParallelLinear
    {
        if (Lora is { } room && linear.Spec.Parts.All(part => LoraSpec.IsAdaptable(part.Tensor)))
            linear.Lora = Keep(table.Create<LinearWithLora>(LoraSpec.Of(linear.Spec, linear.Split, room)));
        return Keep(linear);
    }

    private T Keep<T>(T op) where T : IDisposable
    {
        _built.Add(op);
        return op;
    }
}
