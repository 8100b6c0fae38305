using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What an op that adds adapters' products is built from.</summary>
/// <param name="Prefix">Where in the model the layer sits.</param>
/// <param name="Dtype">Of activations and of the adapters' weights on the card.</param>
/// <param name="Device">Where they live.</param>
/// <param name="Lane">This rank's place in its group.</param>
/// <param name="Room">Slots and the batch, the same in all layers of a model.</param>
/// <param name="Targets">The stacked weights, in the order of the outputs.</param>
public sealed record LoraSpec(
    string Prefix, ScalarType Dtype, Device Device, RankLane Lane, LoraRoom Room, ImmutableArray<LoraTarget> Targets)
    : OpSpec(Prefix, Dtype, Device)
{
    private static readonly ImmutableHashSet<string> Adaptable =
    [
        "q_proj", "k_proj", "v_proj", "qkv_proj", "o_proj", "gate_proj", "up_proj", "gate_up_proj", "down_proj",
    ];

    /// <summary>Whether the ranks divide the inputs: then the products with A are added over the ranks.</summary>
    public bool SplitsInputs => Targets[0].InputCount < Targets[0].InputSize;

    /// <summary>Where the shards of this rank's inputs begin and end: those of the layer itself.</summary>
    internal int[] Boundaries => SplitsInputs
        ? SummationShards.Boundaries(Targets[0].InputSize, Lane.Rank, Lane.WorldSize)
        : SummationShards.Boundaries(Targets[0].InputSize, part: 0, partCount: 1);

    /// <summary>Whether adapters may change a linear layer, by the last word of its name.</summary>
    public static bool IsAdaptable(string module) => Adaptable.Contains(module[(module.LastIndexOf('.') + 1)..]);

    /// <summary>Of a linear layer.</summary>
    public static LoraSpec Of(LinearSpec linear, LinearSplit split, LoraRoom room)
    {
        var share = new LinearShare(linear.Lane, split, linear.InputSize, linear.Parts);
        return new LoraSpec(linear.Prefix, linear.Dtype, linear.Device, linear.Lane, room, [.. linear.Parts.Select((part, index) =>
        {
            var outputs = share.Bias(part); // Lies as the rows of B do.
            return new LoraTarget(
                part.Tensor, share.FirstOutput(index), linear.InputSize,
                share.InputCount < linear.InputSize ? linear.Lane.Rank * share.InputCount : 0, share.InputCount,
                (int)outputs.Shape[0], (int)outputs.Start, (int)outputs.Length);
        })]);
    }

    /// <summary>Of an output head.</summary>
    public static LoraSpec OfHead(VocabularySpec head, LoraRoom room) => new(
        head.Prefix, head.Dtype, head.Device, head.Lane, room,
        [
            new LoraTarget(
                head.Prefix, 0, head.HiddenSize, 0, head.HiddenSize, head.VocabularySize, (int)head.Slice.Start, (int)head.Slice.Length),
        ]);

    /// <summary>Of an input embedding, whose A and B every rank has whole: they are small, and no sum over ranks is needed.</summary>
    public static LoraSpec OfEmbedding(VocabularySpec embedding, LoraRoom room) => new(
        embedding.Prefix, embedding.Dtype, embedding.Device, embedding.Lane, room,
        [
            new LoraTarget(
                embedding.Prefix, 0, embedding.VocabularySize, 0, embedding.VocabularySize, embedding.HiddenSize, 0, embedding.HiddenSize)
            {
                IsEmbedding = true,
            },
        ]);
}
