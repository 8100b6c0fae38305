using Gaudi.Hpu.Models;
using Gaudi.Hpu.Models.Vision;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// Bytes of what a rank holds at once while it computes, besides weights, tables and the cache: the images' tower before the
/// layers, or the widest part of a layer beside the stream, and then logits. The ledger's `activations`.
/// </summary>
/// <remarks>
/// Counted from what the forwards take: a linear layer widens its inputs to float32 where they are stored narrower, sums in
/// float32, and rounds; what a part's scope holds lives until the part ends. Tests hold the sums against the resident memory of
/// a process.
/// </remarks>
/// <param name="Config">Of the model.</param>
/// <param name="WorldSize">Ranks it is split over.</param>
/// <param name="MaxModelLen">Longest sequence, in tokens.</param>
/// <param name="Dtype">Of weights and activations.</param>
/// <param name="IsExpertParallel">Whether ranks own whole experts.</param>
internal sealed record ActivationPeak(
    ModelConfig Config, int WorldSize, int MaxModelLen, ScalarType Dtype, bool IsExpertParallel)
{
    private const int Wide = sizeof(float);

    /// <summary>All of it.</summary>
    public long Bytes => Math.Max(VisionBytes, LayerBytes) + ImageRowBytes + LogitsBytes;

    /// <summary>The tower's, while it encodes the largest image a sequence has room for; 0 without one.</summary>
    public long VisionBytes => Config.Vision is { } vision
        ? VisionPeak.Bytes(vision, Config.Preprocessor!, MaxModelLen, Dtype)
        : 0;

    /// <summary>The stream and the widest layer part of a pass.</summary>
    public long LayerBytes => (Rows * 8L * Stored * Config.HiddenSize)
        + Math.Max(MixerBytes, (Rows * FeedForwardRowBytes) + MixtureChunkBytes) + ScoreBytes;

    /// <summary>Rows of a pass.</summary>
    private long Rows => Math.Min(Decoder.PassRowsMax, MaxModelLen);

    private int Stored => (int)Dtype.ElementSize();

    // What is stored narrower than float32 exists twice while it is computed with.
    private int Copy => Stored == Wide ? 0 : Wide;

    // The rows of one image stay while the layers compute its tokens.
    private long ImageRowBytes => Config.Vision is { } vision
        ? (long)VisionPeak.TokensMax(vision, Config.Preprocessor!, MaxModelLen) * Config.HiddenSize * Stored
        : 0;

    private long LogitsBytes => 3L * Wide * Decoder.LogitsRowsMax * Config.VocabularySize;

    // One head's scores of one row; ids and positions of the rows are less.
    private long ScoreBytes => Wide * ((long)MaxModelLen + Decoder.PassRowsMax);

    private long MixerBytes
    {
        get
        {
            var attends = Config.Mamba is null || Config.MixerLayers.Contains(false);
            var attention = !attends ? 0 : Rows * (Config.Mla is { } mla ? LatentRowBytes(mla) : AttentionRowBytes);
            return Config.Mamba is null ? attention : Math.Max((Rows * MambaRowBytes) + ScanBytes, attention);
        }
    }

    // Queries, keys and values, turned (five float32 copies in the plain forward), packed, and what they saw.
    private long AttentionRowBytes
    {
        get
        {
            var queries = (long)Config.HeadCount * Config.HeadDim / WorldSize;
            var keys = (long)Config.KvHeadCount * Config.HeadDim / WorldSize;
            var held = Stored * ((3 * queries) + (6 * keys));
            return held + Linear(Config.HiddenSize, queries + (2 * keys)) + (5 * Wide * (queries + keys))
                + Linear(queries, Config.HiddenSize);
        }
    }

    private long FeedForwardRowBytes
    {
        get
        {
            var plain = GatedRowBytes(Math.Max(Config.IntermediateSize, Config.SharedIntermediateSize) / WorldSize);
            return Config.Moe is { } moe ? Math.Max(plain, MixtureRowBytes(moe)) : plain;
        }
    }

    // A mixture's sums of each shard stay apart for a tile of tokens.
    private long MixtureRowBytes(MoeConfig moe)
    {
        var shared = Math.Max(moe.SharedIntermediateSize, Config.SharedIntermediateSize) / WorldSize;
        var routing = Linear(Config.HiddenSize, moe.ExpertCount) + (Copy * (long)moe.ExpertCount)
            + (moe.ChosenCount * (12L + 24)); // weights and ids, then the plan's lists
        var experts = (Copy + Wide + ((long)Wide * Shards)) * Config.HiddenSize;
        // The shared expert's turn comes when the others' sums are gone.
        var besides = shared == 0 ? 0 : GatedRowBytes(shared) + (3L * Wide * Config.HiddenSize);
        return routing + (Stored * (long)Config.HiddenSize) + Math.Max(experts, besides);
    }

    // What one expert computes at once: gathered rows, both products and the activation between.
    private long MixtureChunkBytes => Config.Moe is not { } moe
        ? 0
        : Wide * Math.Min(64, Rows)
            * (((1L + Shards) * Config.HiddenSize) + (3L * moe.IntermediateSize / (IsExpertParallel ? 1 : WorldSize)));

    private int Shards => SummationShards.Count / (IsExpertParallel ? 1 : WorldSize);

    // The projection and the inputs joined from it stay; beside them the mixer's float32 rows, or its result with what the gated
    // norm makes of it, or the way out.
    private long MambaRowBytes
    {
        get
        {
            var sizes = Config.Mamba!.Sizes.OfRank(WorldSize, "mamba");
            long inner = sizes.InnerSize, heads = sizes.HeadCount;
            var inputs = inner + sizes.ChannelCount + heads;
            var held = Stored * (inputs + sizes.ChannelCount);
            var mixed = (Wide * (sizes.PaddedChannels + heads + sizes.PaddedInner)) + ((Wide + Stored) * inner);
            var normed = (Copy + (2L * Wide) + (3L * Stored)) * inner;
            var output = (2L * Stored * inner) + Linear(inner, Config.HiddenSize);
            return Math.Max(Linear(Config.HiddenSize, inputs), held + Math.Max(mixed, Math.Max(normed, output)));
        }
    }

    // A chunk's window and convolved rows, and the scan's triangle, which is that of one head at a time.
    private long ScanBytes
    {
        get
        {
            var sizes = Config.Mamba!.Sizes.OfRank(WorldSize, "mamba");
            long chunk = sizes.ChunkTokens, rows = Math.Min(chunk, Rows);
            return Wide * ((sizes.PaddedChannels * ((2 * rows) + sizes.ConvWidth - 1))
                + (2 * chunk * (chunk + 8)) + (chunk * sizes.PaddedStateSize) + (3 * (chunk + 8)));
        }
    }

    // Everything stays until the output is projected: queries on their way into the latent space and back, and the joint key.
    private long LatentRowBytes(MlaConfig mla)
    {
        long heads = Config.HeadCount / WorldSize, cached = mla.KvRank + mla.RopeDim;
        var queries = heads * (mla.NopeDim + mla.RopeDim);
        var held = (Stored * ((4 * cached) + (2L * (mla.QueryRank ?? 0)) + (2 * queries)))
            + (Stored * heads * ((2L * mla.KvRank) + cached + mla.RopeDim + mla.ValueDim));
        var turned = 5L * Wide * (heads + 1) * mla.RopeDim;
        var seen = heads * ((Copy * cached) + (Wide * (long)mla.KvRank));
        var projected = Linear(mla.QueryRank ?? Config.HiddenSize, queries)
            + Math.Max(Linear(heads * mla.NopeDim, heads * mla.KvRank), Linear(heads * mla.KvRank, heads * mla.ValueDim));
        return held + turned + seen + projected + Linear(heads * mla.ValueDim, Config.HiddenSize);
    }

    // Gate and up in one, their product, and the way down.
    private long GatedRowBytes(long width) => Linear(Config.HiddenSize, 2 * width) + ((Copy * 2) + Wide + Stored) * width
        + Linear(width, Config.HiddenSize);

    // Widened inputs, sums, and the rounded result where it is narrower.
    private long Linear(long inputs, long outputs) => (Copy * inputs) + ((Wide + (Copy == 0 ? 0 : Stored)) * outputs);
}
