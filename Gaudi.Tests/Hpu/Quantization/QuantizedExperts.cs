using System.Collections.Immutable;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Quantization;
using Gaudi.Tests.Hpu.Collectives;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Quantization;

/// <summary>A layer of quantized experts in a checkpoint's names, and the plain layer of the values that they stand for.</summary>
/// <param name="config">The scheme.</param>
/// <param name="layerOf">A weight quantized: its outputs and inputs; what is stored and what it stands for.</param>
internal sealed class QuantizedExperts(
    QuantizationConfig config, Func<int, int, (IEnumerable<(string Kind, Tensor Tensor)> Stored, float[] Wide)> layerOf)
{
    public const int Hidden = 96;
    public const int Inner = 128;
    public const int Experts = 6;

    private static readonly (string Name, int Outputs, int Inputs)[] Layers =
        [("gate_proj", Inner, Hidden), ("up_proj", Inner, Hidden), ("down_proj", Hidden, Inner)];

    /// <summary>What the codes stand for, by weight.</summary>
    public Dictionary<string, Tensor> Wide { get; } = [];

    /// <summary>As a checkpoint stores them.</summary>
    public Dictionary<string, Tensor> Stored { get; } = [];

    /// <summary>Float8 of blocks of 20 rows and 48 columns, which cut ranks' shares; or of a scale for each output.</summary>
    public static QuantizedExperts Float8(bool isCompressed, ImmutableArray<int> blocks, float? inputScale = null)
    {
        var random = new Random(5);
        return new QuantizedExperts(Fp8Linears.Config(isCompressed, blocks, inputScale is not null), (outputs, inputs) =>
        {
            float[] weights = QuantizedLinears.Weights(random, outputs * inputs);
            var layer = blocks is [var rows, var columns]
                ? Fp8Layer.Of(weights, outputs, rows, columns, inputScale: inputScale)
                : Fp8Layer.Of(weights, outputs, 1, inputs, [outputs, 1], inputScale);
            return (layer.Tensors(isInverse: !isCompressed && !blocks.IsEmpty), layer.Stored);
        }).Fill();
    }

    /// <summary>Symmetric 4-bit codes in groups of 32.</summary>
    public static QuantizedExperts Packed()
    {
        var random = new Random(6);
        var group = new CompressedGroup(["Linear"], CompressedScheme.PackedInt, 32, true, "");
        return new QuantizedExperts(new CompressedTensorsConfig([group], []), (outputs, inputs) =>
        {
            var layer = new FourBitLayer(QuantizedLinears.Weights(random, outputs * inputs), outputs, 32, isSymmetric: true);
            return (layer.PackedInt(), layer.Wide);
        }).Fill();
    }

    public static FusedMoeSpec Spec(ICollective rank, ScalarType dtype = ScalarType.Float32, bool isExpertParallel = false) =>
        ExpertCheckpoint.Spec(
            rank, PerExpertLayout.Projections, dtype, Experts, topK: 2, Hidden, Inner, isExpertParallel: isExpertParallel);

    /// <summary>The op with the weights of its rank.</summary>
    public FusedMoe Build(OpTable table, FusedMoeSpec spec)
    {
        var op = new LinearQuantization(config, QuantizedLinears.Find(Stored), QuantizedLinears.Gaudi3).ExpertsOf(table, spec);
        return Load(op!, Stored);
    }

    /// <summary>The bits of every rank's result.</summary>
    public uint[][] Run(
        Func<OpTable> ops, int worldSize, ScalarType dtype = ScalarType.Float32, bool isExpertParallel = false, bool isPlain = false)
    {
        var hub = new InProcessCollectiveHub();
        var ranks = Enumerable.Range(0, worldSize).Select(rank => hub.Join(rank, worldSize, 1)).ToArray();
        return RankThreads.Run(ranks, rank =>
        {
            using var scope = NewDisposeScope();
            var spec = Spec(rank, dtype, isExpertParallel);
            using var op = isPlain ? Load(ops().Create<FusedMoe>(spec), Wide) : Build(ops(), spec);
            return op.Forward(Rows(5, dtype), ExpertCheckpoint.Route(3, 5, spec, expertsUsed: 5), TokenRole.Generated).Bits();
        });
    }

    /// <summary>[tokens, hidden].</summary>
    public static Tensor Rows(int count, ScalarType dtype) => Specs.Random(4, dtype, count, Hidden);

    private QuantizedExperts Fill()
    {
        for (var expert = 0; expert < Experts; expert++)
        {
            foreach (var (name, outputs, inputs) in Layers)
            {
                var layer = $"moe.experts.{expert}.{name}";
                var (stored, wide) = layerOf(outputs, inputs);
                Wide[$"{layer}.weight"] = tensor(wide, [outputs, inputs]);
                foreach (var (kind, values) in stored)
                    Stored[$"{layer}.{kind}"] = values;
            }
        }
        return this;
    }

    private static FusedMoe Load(FusedMoe op, Dictionary<string, Tensor> from)
    {
        for (var i = 0; i < op.Slices.Length; i++)
        {
            var slice = op.Slices[i];
            Assert.Equal(from[slice.Name].shape, slice.Shape);
            op.Load(i, slice.Shape.IsEmpty ? from[slice.Name] : from[slice.Name].narrow(slice.Dimension, slice.Start, slice.Length));
        }
        return op;
    }
}
