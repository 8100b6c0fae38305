using Gaudi.Hpu;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>
/// The laws of the mixer, in tree and in the plugin: it is the recurrence, and a token's bits depend on its sequence
/// alone. Tolerance 1e-4 of max(1, the row's own size): sums of up to 400 products in float32.
/// </summary>
public sealed class MambaMixer2Tests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Any_sizes_and_any_cuts_give_the_recurrence_and_the_same_bits(bool isPlugin)
    {
        for (var seed = 1; seed <= 25; seed++)
        {
            using var scope = NewDisposeScope();
            var random = new Random(seed);
            var sizes = Draw(random);
            using var one = new MambaCase(seed, sizes, isPlugin, hasBias: random.Next(2) == 0);
            using var state = one.State(3);
            var length = seed == 1 ? 1 : seed == 2 ? 400 : random.Next(1, 400);
            var prompt = random.Next(4) == 0 ? length : random.Next(0, length + 1);
            var whole = one.Compute(state, 0, 1, prompt, length, length);
            Near(DoubleMamba.Run(one, 1, length), whole, sizes, $"seed {seed}: {sizes}, {prompt} of {length}");
            foreach (var steps in new[] { [1], Steps(random, 7), Steps(random, 100), [sizes.ChunkTokens] })
            {
                var cut = one.Compute(state, 1, 1, prompt, length, steps);
                Assert.True(
                    whole.Bits().SequenceEqual(cut.Bits()),
                    $"seed {seed}: {sizes}, {prompt} of {length}, steps {string.Join(",", steps)}");
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Tokens_decoded_after_a_prompt_are_those_of_the_recurrence_whatever_the_prompts_length(bool isPlugin)
    {
        var sizes = new MambaSizes(4, 16, 2, 16, 4, 16);
        using var one = new MambaCase(7, sizes, isPlugin);
        using var state = one.State(1);
        for (var prompt = 0; prompt <= 49; prompt++)
        {
            using var scope = NewDisposeScope();
            var y = one.Compute(state, 0, 1, prompt, prompt + 5, 1000);
            Near(DoubleMamba.Run(one, 1, prompt + 5), y, sizes, $"prompt of {prompt}");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_sequence_replayed_in_another_slot_goes_on_with_the_same_bits(bool isPlugin)
    {
        using var scope = NewDisposeScope();
        using var one = new MambaCase(11, new MambaSizes(4, 12, 1, 20, 4, 32), isPlugin);
        using var state = one.State(2);
        const int Prompt = 77, Length = 140;
        var undisturbed = one.Compute(state, 0, 1, Prompt, Length, 50, 1, 1, 1, 1, 1, 1, 1);
        foreach (var preempted in new[] { 1, 31, 76, 77, 78, 96, 128, 139 })
        {
            one.Compute(state, 1, 2, 33, 60, 13).Dispose(); // Another sequence leaves its marks in the slot.
            one.Compute(state, 1, 1, Math.Min(Prompt, preempted), preempted, 9);
            var replayed = one.Compute(state, 1, 1, Prompt, Length, 19);
            Assert.True(undisturbed.Bits().SequenceEqual(replayed.Bits()), $"preempted at {preempted}");
        }
    }

    [Theory]
    [InlineData(false, ScalarType.Float32)]
    [InlineData(true, ScalarType.Float32)]
    [InlineData(false, ScalarType.BFloat16)]
    [InlineData(true, ScalarType.BFloat16)]
    public void Sequences_in_one_pass_have_the_bits_they_have_alone(bool isPlugin, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var one = new MambaCase(13, new MambaSizes(4, 16, 2, 8, 3, 16), isPlugin, dtype);
        using var state = one.State(8);
        var prompts = new[] { 1, 40, 16, 7, 33 };
        var alone = prompts.Select((prompt, i) => one.Compute(state, i, i, prompt, prompt + 4, 1000)).ToArray();
        var together = Pass(TokenRole.Prompt, [.. prompts.Select(prompt => (0, prompt))]);
        Check(together, [.. prompts.Select(prompt => (0, prompt))]);
        for (var step = 0; step < 4; step++)
        {
            (int, int)[] ranges = [.. prompts.Select(prompt => (prompt + step, prompt + step + 1))];
            Check(Pass(TokenRole.Generated, ranges), ranges);
        }

        Tensor Pass(TokenRole role, (int First, int End)[] ranges)
        {
            var rows = ranges.SelectMany((range, i) => Enumerable.Range(range.First, range.End - range.First)
                .Select(position => (Slot: 7 - i, Position: position))).ToArray();
            return one.Op.Forward(
                cat([.. ranges.Select((range, i) => one.States(i, prompts[i] + 4)[range.First..range.End])], 0),
                cat([.. ranges.Select((range, i) => one.TimeSteps(i, prompts[i] + 4)[range.First..range.End])], 0),
                state,
                new MambaRows(role, [.. rows.Select(row => row.Slot)], [.. rows.Select(row => row.Position)]));
        }

        void Check(Tensor y, (int First, int End)[] ranges)
        {
            Assert.Equal(dtype, y.dtype);
            Assert.Equal(cat([.. ranges.Select((range, i) => alone[i][range.First..range.End])], 0).Bits(), y.Bits());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Steep_decays_and_long_time_steps_stay_finite_and_right(bool isPlugin)
    {
        using var scope = NewDisposeScope();
        using var one = new MambaCase(17, new MambaSizes(2, 8, 1, 8, 2, 128), isPlugin);
        using var state = one.State(1);
        var dt = one.TimeSteps(1, 300).mul_(1000);
        var aLog = tensor(new float[] { 12, -12 }); // A of -160,000 and of -0.000006
        one.Op.Load(one.Op.Slices.Length - 3, aLog);
        var y = one.Op.Forward(one.States(1, 300), dt, state, MambaCase.Rows(TokenRole.Prompt, 0, 0, 300));
        Assert.True(y.isfinite().all().item<bool>());
        using var decoded = one.State(1);
        var steps = one.Op.Forward(one.States(1, 300), dt, decoded, MambaCase.Rows(TokenRole.Generated, 0, 0, 300));
        Near(steps.Floats().Select(value => (double)value), y, one.Sizes, "steep");
    }

    [Fact]
    public void State_refuses_gaps_steps_back_and_a_prompt_after_a_generated_token()
    {
        using var scope = NewDisposeScope();
        using var one = new MambaCase(19, new MambaSizes(2, 8, 1, 8, 2, 8), isPlugin: false);
        using var state = one.State(1);
        one.Compute(state, 0, 1, 5, 5, 5);
        Assert.Equal(5, state.NextPosition(0));
        Refused(TokenRole.Prompt, 0, 6, "expects position 5, came 6");
        Refused(TokenRole.Generated, 0, 4, "expects position 5, came 4");
        Refused(TokenRole.Generated, 1, 0, "slot 1 of 1");
        one.Compute(state, 0, 1, 5, 6, 6);
        Refused(TokenRole.Prompt, 0, 6, "prompt role after a generated one");

        void Refused(TokenRole role, int slot, int position, string expected) => Assert.Contains(
            expected, Assert.Throws<InvariantBrokenException>(() => one.Op.Forward(
                one.States(1, 1), one.TimeSteps(1, 1), state, MambaCase.Rows(role, slot, position, position + 1)))
                .Message);
    }

    [Fact]
    public void Bytes_of_a_slot_are_those_its_tensors_take()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var sizes = Draw(new Random(seed));
            using var state = new MambaState(sizes, 3, CPU);
            var bytes = new[] { state.States, state.Tails, state.Inputs, state.TimeSteps }.Sum(one => one.numel() * 4);
            Assert.Equal(bytes, 3 * MambaState.BytesPerSlot(sizes));
        }
    }

    [Theory]
    [InlineData(6, 1, 64, 4, "6 heads do not split over 4 ranks")]
    [InlineData(8, 2, 64, 4, "2 groups do not split over 4 ranks")]
    [InlineData(8, 3, 64, 1, "8 heads cannot share 3 groups")]
    [InlineData(8, 1, 48, 1, "a power of two of tokens, not 48")]
    [InlineData(8, 0, 64, 1, "sizes over 0")]
    public void Sizes_that_do_not_split_are_refused(int heads, int groups, int chunk, int worldSize, string expected)
    {
        var spec = new MambaSpec(
            "layers.0.mamba", ScalarType.Float32, CPU, new RankLane(new SilentRank(0, worldSize)),
            new MambaSizes(heads, 8, groups, 8, 4, chunk), true);
        var error = Assert.Throws<InvariantBrokenException>(() => OpTable.InTree().Create<MambaMixer2>(spec));
        Assert.Contains(expected, error.Message);
        Assert.Contains("layers.0.mamba", error.Message);
    }

    [Fact]
    public void Slices_of_all_ranks_cover_each_weight_and_share_a_single_groups()
    {
        foreach (var (groups, worldSize) in new[] { (1, 1), (1, 4), (4, 2), (4, 4) })
        {
            var sizes = new MambaSizes(8, 4, groups, 6, 4, 64);
            var slices = Enumerable.Range(0, worldSize).SelectMany(rank =>
            {
                using var op = OpTable.InTree().Create<MambaMixer2>(new MambaSpec(
                    "m", ScalarType.Float32, CPU, new RankLane(new SilentRank(rank, worldSize)), sizes, true));
                return op.Slices;
            }).ToArray();
            foreach (var name in new[] { "m.conv1d.weight", "m.conv1d.bias", "m.A_log", "m.D", "m.dt_bias" })
            {
                var owned = slices.Where(slice => slice.Name == name)
                    .SelectMany(slice => Enumerable.Range((int)slice.Start, (int)slice.Length)).Distinct().Order();
                Assert.Equal(Enumerable.Range(0, (int)slices.First(slice => slice.Name == name).Shape[0]), owned);
            }
            var rows = slices.Where(slice => slice.Name == "m.conv1d.bias").Sum(slice => slice.Length);
            Assert.Equal(32 + (12 * (groups == 1 ? worldSize : groups)), rows);
        }
    }

    private static MambaSizes Draw(Random random)
    {
        int Of(params int[] values) => values[random.Next(values.Length)];
        var groups = Of(1, 1, 2, 3);
        return new MambaSizes(
            groups * Of(1, 2, 4), Of(4, 8, 12, 16, 24, 40), groups, Of(1, 3, 8, 16, 20), Of(1, 2, 3, 4, 5),
            Of(1, 4, 8, 16, 64, 128, 256));
    }

    private static int[] Steps(Random random, int most) =>
        [.. Enumerable.Range(0, 20).Select(_ => random.Next(1, most + 1))];

    private static void Near(IEnumerable<double> expected, Tensor y, MambaSizes sizes, string what)
    {
        var rows = expected.Chunk(sizes.InnerSize).Zip(y.Floats().Chunk(sizes.InnerSize)).ToArray();
        foreach (var (row, (truth, values)) in rows.Index())
        {
            var bound = 1e-4 * Math.Max(1, truth.Max(Math.Abs));
            var error = truth.Zip(values, (one, other) => Math.Abs(one - other)).Aggregate(Math.Max);
            Assert.True(error <= bound, $"{what}: row {row}: {error} over {bound}");
        }
    }
}
