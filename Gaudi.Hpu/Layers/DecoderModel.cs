using System.Collections.Immutable;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;
using Scalar = TorchSharp.Scalar;

namespace Gaudi.Hpu.Layers;

/// <summary>
/// A decoder-only language model: embedding, layers, norm, head. What the families fill in differently.
/// </summary>
public sealed class DecoderModel(
    VocabParallelEmbedding embedding, ImmutableArray<IDecoderLayer> layers, RmsNorm finalNorm, ParallelLmHead head)
{
    /// <summary>At the model's two ends.</summary>
    public ModelScales Scales { get; init; } = new();

    /// <summary>Sees images; null in a model that reads text alone. Not disposed here.</summary>
    public IImageEncoder? ImageEncoder { get; init; }

    /// <summary>The same model with eyes.</summary>
    public DecoderModel WithImages(IImageEncoder encoder) =>
        new(embedding, layers, finalNorm, head) { Scales = Scales, ImageEncoder = encoder };

    /// <summary>Computes rows of one role and stores their keys and values.</summary>
    /// <param name="rows">
    /// Positions before each row's are in the cache already, or earlier rows of the same pass.
    /// </param>
    /// <param name="memories">One a layer.</param>
    /// <param name="place">Changes the embeddings, [tokens, hidden], before the first layer; null leaves them.</param>
    /// <returns>[tokens, hidden] after the final norm, the same on every rank; the caller disposes it.</returns>
    public Tensor Forward(StepRows rows, ImmutableArray<LayerMemory> memories, Action<Tensor>? place = null)
    {
        Invariant.That(memories.Length == layers.Length, $"{memories.Length} memories for {layers.Length} layers");
        using var scope = NewDisposeScope();
        var tokenIds = tensor(rows.TokenIds.Select(id => (long)id).ToArray()); // [tokens]
        var positions = Positions(rows); // [tokens], or [3, tokens]
        var embeddings = Embed(tokenIds); // [tokens, hidden]
        place?.Invoke(embeddings);
        var stream = new ResidualStream(embeddings, null);
        for (var layer = 0; layer < layers.Length; layer++)
        {
            var next = layers[layer].Forward(stream, positions, memories[layer], rows);
            stream.Addition.Dispose();
            stream.Sum?.Dispose();
            stream = next;
        }
        return scope.MoveToOuter(finalNorm.Forward(stream.Addition, stream.Sum).Y); // [tokens, hidden]
    }

    /// <summary>Logits of rows of one role.</summary>
    /// <param name="hidden">[tokens, hidden] from <see cref="Forward"/>.</param>
    /// <param name="role">Of every row.</param>
    /// <returns>[tokens, vocabulary], float32, the same on every rank; the caller disposes it.</returns>
    public Tensor Logits(Tensor hidden, TokenRole role)
    {
        var logits = head.Forward(hidden, role); // [tokens, vocabulary]
        if (Scales.LogitDivisor != 1)
        {
            using Scalar divisor = (float)Scales.LogitDivisor;
            logits.div_(divisor);
        }
        if (Scales.LogitSoftCap is { } cap)
            SoftCap.Apply(logits, (float)cap);
        return logits;
    }

    private static Tensor Positions(StepRows rows)
    {
        if (rows.RopePositions.IsEmpty)
            return tensor(rows.Positions.Select(position => (long)position).ToArray()); // [tokens]
        var axes = new Func<RopePosition, int>[] { at => at.Time, at => at.Row, at => at.Column };
        return tensor(
            axes.SelectMany(axis => rows.RopePositions.Select(at => (long)axis(at))).ToArray(), [axes.Length, rows.Count]);
    }

    private Tensor Embed(Tensor tokenIds)
    {
        using var scope = NewDisposeScope();
        var rows = embedding.Forward(tokenIds); // [tokens, hidden]
        return scope.MoveToOuter(Scales.Embedding == 1 ? rows : rows.Times(Scales.Embedding));
    }
}
