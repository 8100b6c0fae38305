using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Quantization;
using Gaudi.Tests.Hpu.Collectives;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Quantization;

/// <summary>A linear layer of a quantized checkpoint on every rank, and the plain layer of the values that it stands for.</summary>
internal static class QuantizedLinears
{
    /// <summary>In-tree kernels and the plugin's.</summary>
    internal static readonly Func<OpTable>[] Tables = [() => OpTable.InTree(), PluginOps.Table];

    /// <summary>The range of Gaudi 3, and upstream's defaults.</summary>
    internal static Fp8Rules Gaudi3 { get; } = new(Fp8Range.Of(CardGeneration.Gaudi3), CardGeneration.Gaudi3, Fp8Settings.Usual);

    /// <summary>What a checkpoint of these tensors has under a name.</summary>
    internal static Func<string, StoredTensor?> Find(IReadOnlyDictionary<string, Tensor> stored) => name =>
        stored.TryGetValue(name, out var found) ? new StoredTensor(found.dtype, [.. found.shape]) : null;

    /// <summary>Weights from -0.1 to 0.1.</summary>
    internal static float[] Weights(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() - 0.5) * 0.2))];

    /// <summary>The bits of the plain product, rounded to the activations' type.</summary>
    /// <param name="wide">[outputs, inputs] the weight's values.</param>
    /// <param name="dtype">The activations'.</param>
    /// <param name="x">[tokens, inputs].</param>
    internal static uint[] Plain<T>(float[] wide, ScalarType dtype, Tensor x) where T : ParallelLinear
    {
        var inputs = (int)x.shape[1];
        var outputs = wide.Length / inputs;
        // Activations in bfloat16, weights wide: the product itself widens its rows.
        using var op = OpTable.InTree().Create<T>(new LinearSpec(
            "linear", ScalarType.Float32, CPU, Specs.Alone(), inputs, [new LinearPart("q", outputs)], HasBias: false));
        using var weight = tensor(wide, [outputs, inputs]);
        op.Load(0, weight);
        using var y = op.Forward(x, TokenRole.Prompt);
        using var rounded = y.to_type(dtype);
        return rounded.Bits();
    }

    /// <summary>The bits of every rank's result; each rank loads its own slices of the checkpoint's tensors.</summary>
    /// <param name="ops">A rank's ops, read once on every rank.</param>
    /// <param name="config">The checkpoint's scheme.</param>
    /// <param name="dtype">The activations'.</param>
    /// <param name="worldSize">Ranks, each on a thread.</param>
    /// <param name="inputs">Of the whole layer.</param>
    /// <param name="parts">The weights of its product.</param>
    /// <param name="stored">The checkpoint's tensors by name, such as "q.qweight".</param>
    /// <param name="x">[tokens, inputs] of a rank.</param>
    /// <param name="rules">How the card counts in float8; null as Gaudi 3.</param>
    internal static uint[][] Run<T>(
        Func<OpTable> ops, QuantizationConfig config, ScalarType dtype, int worldSize, int inputs, LinearPart[] parts,
        IReadOnlyDictionary<string, Tensor> stored, Func<int, Tensor> x, Fp8Rules? rules = null) where T : ParallelLinear
    {
        var hub = new InProcessCollectiveHub();
        var ranks = Enumerable.Range(0, worldSize).Select(rank => hub.Join(rank, worldSize, 1)).ToArray();
        return RankThreads.Run(ranks, rank =>
        {
            using var scope = NewDisposeScope();
            var table = ops();
            var split = typeof(T) == typeof(RowParallelLinear) ? LinearSplit.Inputs : LinearSplit.Outputs;
            var share = new LinearShare(new RankLane(rank), split, inputs, [.. parts]);
            Assert.Empty(config.Problems(share, Find(stored)));
            using var op = table.Create<T>(new LinearSpec("linear", dtype, CPU, share.Lane, inputs, share.Parts, HasBias: false)
            {
                Method = config.Create(new LinearBuild(table, "linear", dtype, CPU, share, Find(stored), rules ?? Gaudi3)),
            });
            for (var i = 0; i < op.Slices.Length; i++)
            {
                var slice = op.Slices[i];
                Assert.Equal(stored[slice.Name].shape, slice.Shape);
                op.Load(i, slice.Shape.IsEmpty
                    ? stored[slice.Name]
                    : stored[slice.Name].narrow(slice.Dimension, slice.Start, slice.Length));
            }
            return op.Forward(x(rank.Rank).contiguous(), TokenRole.Generated).Bits();
        });
    }
}
