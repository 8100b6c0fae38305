using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.Collectives;
using Gaudi.Tests.Hpu.Quantization;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>Adapters of single layers: against upstream's masked formula, and to the bit over kernels, groups and company.</summary>
public sealed class LoraLayerTests
{
    private const int Inputs = 40;
    private const int RankMax = 8;
    private const int Rows = 9;
    private const int Slots = 3;

    private static readonly int[] SlotOf = [0, 2, 1, 0, 2, 2, 1, 0, 2];

    private static readonly LinearPart[] Stacked = [new("q", 48), new("k", 16), new("v", 16)];

    // As Phi 3 stores them: the adapter has one A and one B for all three.
    private static readonly LinearPart[] Fused =
    [
        new("q", 48) { Fused = new FusedRows("qkv", 0, 80) }, new("k", 16) { Fused = new FusedRows("qkv", 48, 80) },
        new("v", 16) { Fused = new FusedRows("qkv", 64, 80) },
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Column_parallel_rows_follow_the_masked_formula_and_others_keep_their_bits(bool isFused)
    {
        using var scope = NewDisposeScope();
        var parts = isFused ? Fused : Stacked;
        var x = Specs.Random(1, ScalarType.Float32, Rows, Inputs);
        var sums = Specs.Random(2, ScalarType.Float32, Rows, 80);
        sums[0, 0] = -0f; // A row without an adapter keeps even this.
        var deltas = parts.Select(part => Masked(x, part.Tensor, part.Fused?.FirstRow ?? 0, part.OutputSize)).ToArray();
        var expected = sums.Plus(cat(deltas, 1));
        var whole = Run(LinearSplit.Outputs, parts, 1, QuantizedLinears.Tables[0], SlotOf, _ => (sums, x))[0];
        Specs.Near(expected.Floats().Select(value => (double)value), whole, 1e-5); // sums of 40 and of 8 products
        foreach (var row in Enumerable.Range(0, Rows).Where(row => SlotOf[row] == 0))
            Assert.Equal(sums[row].Bits(), whole[row].Bits());
        foreach (var table in QuantizedLinears.Tables)
        {
            foreach (var worldSize in new[] { 1, 2, 4, 8 })
            {
                Tensor Mine(int rank, Tensor all) => cat([.. ColumnsOf(rank, worldSize).Select(one => all.narrow(1, one.First, one.Count))], 1);
                var ranks = Run(LinearSplit.Outputs, parts, worldSize, table, SlotOf, rank => (Mine(rank, sums), x));
                for (var rank = 0; rank < worldSize; rank++)
                    Assert.Equal(Mine(rank, whole).Bits(), ranks[rank].Bits());
            }
        }
    }

    [Fact]
    public void Row_parallel_rows_have_the_same_bits_in_every_group_and_company()
    {
        using var scope = NewDisposeScope();
        var x = Specs.Random(1, ScalarType.BFloat16, Rows, Inputs);
        var sums = Specs.Random(2, ScalarType.Float32, Rows, 24);
        LinearPart[] parts = [new("o", 24)];
        var whole = Run(LinearSplit.Inputs, parts, 1, QuantizedLinears.Tables[0], SlotOf, _ => (sums, x))[0];
        Specs.Near(sums.Plus(Masked(x.to_type(ScalarType.Float32), "o", 0, 24)).Floats().Select(value => (double)value), whole, 1e-5);
        foreach (var table in QuantizedLinears.Tables)
        {
            foreach (var worldSize in new[] { 1, 2, 4, 8 })
            {
                var share = Inputs / worldSize;
                Assert.All(
                    Run(LinearSplit.Inputs, parts, worldSize, table, SlotOf, rank => (sums, x.narrow(1, rank * share, share).contiguous())),
                    one => Assert.Equal(whole.Bits(), one.Bits()));
            }
            for (var row = 0; row < Rows; row++)
            {
                var alone = Run(LinearSplit.Inputs, parts, 1, table, [SlotOf[row]], _ => (sums.narrow(0, row, 1), x.narrow(0, row, 1)))[0];
                Assert.Equal(whole[row].Bits(), alone.Bits());
            }
        }
    }

    [Fact]
    public void Weights_that_are_infinite_touch_their_own_rows_alone()
    {
        using var scope = NewDisposeScope();
        var x = Specs.Random(1, ScalarType.Float32, Rows, Inputs);
        var sums = Specs.Random(2, ScalarType.Float32, Rows, 24);
        var spoiled = Run(
            LinearSplit.Outputs, [new("o", 24)], 1, QuantizedLinears.Tables[1], SlotOf, _ => (sums, x), (slot, b) => slot == 2 ? b.fill_(float.PositiveInfinity) : b)[0];
        var clean = Run(LinearSplit.Outputs, [new("o", 24)], 1, QuantizedLinears.Tables[1], SlotOf, _ => (sums, x))[0];
        for (var row = 0; row < Rows; row++)
            Assert.Equal(SlotOf[row] != 2, clean[row].Bits().SequenceEqual(spoiled[row].Bits()));
    }

    // ((x A) * mask) B * scale, as upstream computes it: all adapters' columns beside each other.
    private static Tensor Masked(Tensor x, string module, int firstRow, int outputs)
    {
        var wide = cat([.. Enumerable.Range(1, Slots).Select(slot => A(module, slot))]); // [slots * rank, inputs]
        var back = cat([.. Enumerable.Range(1, Slots).Select(slot => B(module, slot).mul(Scale(slot)))], 1); // [outputs, slots * rank]
        var mask = zeros([x.shape[0], Slots * RankMax]);
        for (var row = 0; row < x.shape[0]; row++)
        {
            if (SlotOf[row] > 0)
                mask[row].narrow(0, (SlotOf[row] - 1) * RankMax, RankMax).fill_(1f);
        }
        return x.matmul(wide.t()).mul(mask).matmul(back.narrow(0, firstRow, outputs).t());
    }

    private static float Scale(int slot) => 0.5f * slot;

    private static Tensor A(string module, int slot) => Specs.Random(module[0] + (100 * slot), ScalarType.Float32, RankMax, Inputs);

    private static Tensor B(string module, int slot) => Specs.Random(
        module[0] + (100 * slot) + 50, ScalarType.Float32, module switch { "qkv" => 80, "q" => 48, "o" => 24, _ => 16 }, RankMax);

    private static (int First, int Count)[] ColumnsOf(int rank, int worldSize)
    {
        var (q, kv) = (48 / worldSize, 16 / worldSize);
        return [(rank * q, q), (48 + (rank * kv), kv), (64 + (rank * kv), kv)];
    }

    private static Tensor[] Run(
        LinearSplit split, LinearPart[] parts, int worldSize, Func<OpTable> table, int[] slots, Func<int, (Tensor Sums, Tensor X)> given,
        Func<int, Tensor, Tensor>? change = null)
    {
        var hub = new InProcessCollectiveHub();
        var ranks = Enumerable.Range(0, worldSize).Select(rank => hub.Join(rank, worldSize, 1)).ToArray();
        return RankThreads.Run(ranks, rank =>
        {
            using var scope = NewDisposeScope();
            var room = new LoraRoom(Slots, RankMax, new LoraBatch());
            var linear = new LinearSpec("linear", ScalarType.Float32, CPU, new RankLane(rank), Inputs, [.. parts], HasBias: false);
            using var op = table().Create<LinearWithLora>(LoraSpec.Of(linear, split, room));
            for (var slot = 1; slot <= Slots; slot++)
            {
                for (var i = 0; i < op.Targets.Length; i++)
                {
                    var (a, b) = (op.Targets[i].A(RankMax), op.Targets[i].B(RankMax));
                    Assert.Equal($"{parts[i].Tensor}.lora_A.weight", a.Name);
                    Assert.Equal($"{parts[i].Tensor}.lora_B.weight", b.Name);
                    var back = B(parts[i].Tensor, slot);
                    op.Fill(
                        slot, i, A(parts[i].Tensor, slot).narrow(a.Dimension, a.Start, a.Length),
                        (change?.Invoke(slot, back) ?? back).narrow(0, b.Start, b.Length), Scale(slot));
                }
            }
            room.Batch.Set([.. slots]);
            var (sums, x) = given(rank.Rank);
            var mine = sums.clone();
            op.Forward(mine, x);
            return mine.DetachFromDisposeScope();
        });
    }
}
