using Gaudi.Hpu;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using Gaudi.Tests.Hpu.Execution.Sampling;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>The verification of drafts: the cases of op modules 4.1, the coupled law, and the kept distribution.</summary>
public sealed class RejectionSamplerTests
{
    private readonly RejectionSampler _op = Verification.Op(OpTable.InTree());

    [Fact]
    public void Greedy_rows_are_those_of_the_reference()
    {
        Assert.Equal(
            [[5, 6, 4, -1], [8, 9, 2, -1]],
            Verification.Greedy(3, [[5, 6, 7], [8, 9]], [[5, 6, 4], [8, 9]], [1, 2]).Run(_op));
        Assert.Equal([[1, -1, -1]], Verification.Greedy(2, [[]], [[]], [1]).Run(_op));
        Assert.Equal(
            [[3, -1, -1, -1], [7, -1, -1, -1], [5, 6, 7, 9]],
            Verification.Greedy(3, [[], [5, 6], [5, 6, 7]], [[], [7, 6], [5, 6, 7]], [3, 4, 9]).Run(_op));
    }

    // The fault of 4.1: a short row that is accepted whole loses its bonus where its padding differs. Here it cannot.
    [Fact]
    public void A_short_row_keeps_its_bonus_whatever_its_neighbours_are()
    {
        var alone = Verification.Greedy(1, [[8]], [[8]], [2]).Run(_op);
        Assert.Equal([[8, 2]], alone);
        var beside = Verification.Greedy(3, [[8], [1, 2, 3]], [[8], [4, 5, 6]], [2, 3]).Run(_op);
        Assert.Equal([[8, 2, -1, -1], [4, -1, -1, -1]], beside);
    }

    [Fact]
    public void Greedy_output_is_a_prefix_of_the_targets_likeliest_and_at_most_one_bonus()
    {
        var random = new Random(41);
        for (var round = 0; round < 500; round++)
        {
            var likeliest = Enumerable.Range(0, 1 + random.Next(6))
                .Select(_ => Enumerable.Range(0, random.Next(5)).Select(_ => random.Next(3)).ToArray()).ToArray();
            var drafts = likeliest.Select(row => row.Select(one => random.Next(4) == 0 ? 3 : one).ToArray()).ToArray();
            var output = Verification.Greedy(5, drafts, likeliest, [.. likeliest.Select(_ => 11)]).Run(_op);
            foreach (var ((row, own), target) in output.Zip(drafts).Zip(likeliest))
            {
                var stood = own.Zip(target).TakeWhile(pair => pair.First == pair.Second).Count();
                int[] tokens = [.. target.Append(11).Take(stood + 1)];
                Assert.Equal(tokens.Concat(Enumerable.Repeat(-1, 6 - tokens.Length)), row);
            }
        }
    }

    [Fact]
    public void A_tie_of_a_greedy_target_goes_to_the_lowest_id()
    {
        var tie = Verification.Greedy(1, [[2], [1]], [[1], [1]], [9, 9]);
        tie = tie with { Target = [.. tie.Target.Select(_ => new float[] { 0, 1, 1 })] };
        Assert.Equal([[1, -1], [1, 9]], tie.Run(_op));
    }

    [Fact]
    public void A_coupled_draft_stands_exactly_where_it_is_the_targets_own_draw()
    {
        var random = new Random(42);
        for (var round = 0; round < 2000; round++)
        {
            var key = new DrawKey(random.NextInt64(), random.Next(3), random.Next(1000));
            var target = Enumerable.Range(0, 3).Select(_ => Row(random, 9)).ToArray();
            var own = target.Select((weights, i) =>
                ExponentialRace.Winner(weights, new DrawNoise(key.Seed, key.Choice, key.FirstPosition + i))).ToArray();
            var drafts = own.Select(token => random.Next(3) == 0 ? random.Next(9) : token).ToArray();
            var stood = own.Zip(drafts).TakeWhile(pair => pair.First == pair.Second).Count();
            var output = new Verification(3, [drafts], [.. target], null, [77], [key], VerificationMode.Coupled).Run(_op);
            int[] expected = [.. own.Append(77).Take(stood + 1), .. Enumerable.Repeat(-1, 3 - stood)];
            Assert.Equal(expected, output.Single());
        }
    }

    public static TheoryData<string, bool> Proposals => new()
    {
        { "near", false }, { "far", false }, { "disjoint", false }, { "near", true }, { "far", true },
    };

    // Whatever q proposes, the first token is distributed as p, and a second one after a draft that stands as well.
    [Theory]
    [MemberData(nameof(Proposals))]
    public void Standard_verification_keeps_the_targets_distribution(string proposal, bool isCertain)
    {
        float[] p = [4, 1, 7, 0.5f, 2, 3, 0, 1.5f];
        float[] q = proposal switch
        {
            "near" => [3.5f, 1.2f, 7, 0.7f, 2, 2.5f, 0.1f, 1.5f],
            "far" => [0.1f, 5, 0.2f, 8, 0.1f, 0.1f, 9, 0],
            _ => [0, 0, 0, 0, 0, 0, 1, 0],
        };
        const int RowsMax = 2000;
        var (first, second, acceptedCount) = (new int[p.Length], new int[p.Length], 0);
        for (var call = 0; call < 100; call++)
        {
            DrawKey[] keys = [.. Enumerable.Range(0, RowsMax).Select(row => new DrawKey((call * RowsMax) + row, 2, 17))];
            var drafts = keys.Select(key => new[] { Draft(q, key, 0), Draft(q, key, 1) }).ToArray();
            var rows = Enumerable.Repeat(p, RowsMax * 2);
            var output = new Verification(
                2, [.. drafts], [.. rows], isCertain ? null : [.. rows.Select(_ => q)], [.. keys.Select(_ => 0)],
                [.. keys.Select(key => (DrawKey?)key)], VerificationMode.Standard).Run(_op);
            foreach (var (tokens, own) in output.Zip(drafts))
            {
                first[tokens[0]]++;
                if (tokens[0] != own[0])
                    continue;
                acceptedCount++;
                second[tokens[1]]++;
            }
        }
        double[] exact = [.. p.Select(weight => weight / (double)p.Sum())];
        double[] proposed = [.. q.Select(weight => weight / (double)q.Sum())];
        // Six degrees of freedom (p has one 0): 99.9% of honest samplers pass. The seeds are fixed.
        Assert.Equal(200_000, first.Sum());
        Assert.InRange(Draws.ChiSquare(first, exact), 0, 22.5);
        Assert.InRange(acceptedCount == 0 ? 0 : Draws.ChiSquare(second, exact), 0, 22.5);
        // How many stand is the other half of the law: sum of min(p, q), or of p q where the draft counts as certain.
        var acceptance = exact.Zip(proposed, (a, b) => isCertain ? a * b : Math.Min(a, b)).Sum();
        Assert.InRange(acceptedCount / 200_000.0, acceptance - 0.004, acceptance + 0.004); // 3.6 standard deviations
    }

    [Fact]
    public void Weights_need_not_be_normalised()
    {
        var random = new Random(43);
        for (var round = 0; round < 500; round++)
        {
            var (p, q) = (Row(random, 7), Row(random, 7));
            var call = new Verification(
                1, [[random.Next(7)]], [p], [q], [6], [new DrawKey(round, 0, 5)],
                round % 2 == 0 ? VerificationMode.Standard : VerificationMode.Coupled);
            var scaled = call with { Target = [[.. p.Select(one => one * 8)]], Proposal = [[.. q.Select(one => one / 4)]] };
            Assert.Equal(call.Run(_op), scaled.Run(_op));
        }
    }

    [Fact]
    public void A_draft_of_the_same_distribution_always_stands()
    {
        var random = new Random(44);
        for (var round = 0; round < 2000; round++)
        {
            var p = Row(random, 7);
            var key = new DrawKey(round, 0, 5);
            var draft = Draft(p, key, 0);
            var call = new Verification(1, [[draft]], [p], [p], [6], [key], VerificationMode.Standard);
            Assert.Equal([[draft, 6]], call.Run(_op));
        }
    }

    [Fact]
    public void Shapes_that_do_not_belong_together_are_refused()
    {
        var good = Verification.Greedy(2, [[1], [2, 3]], [[1], [2, 3]], [4, 5]);
        Assert.Throws<InvariantBrokenException>(() => (good with { DraftCountMax = 1 }).Run(_op));
        Assert.Throws<InvariantBrokenException>(() => (good with { Bonus = [4] }).Run(_op));
        Assert.Throws<InvariantBrokenException>(() => (good with { Keys = [null] }).Run(_op));
        Assert.Throws<InvariantBrokenException>(() => (good with { Target = good.Target[1..] }).Run(_op));
        Assert.Throws<InvariantBrokenException>(() => (good with { Proposal = good.Target[1..] }).Run(_op));
    }

    internal static float[] Row(Random random, int count)
    {
        float[] weights = [.. Enumerable.Range(0, count).Select(_ => random.Next(4) == 0 ? 0 : random.NextSingle())];
        weights[random.Next(count)] = 1;
        return weights;
    }

    private static int Draft(float[] q, DrawKey key, int index) =>
        ExponentialRace.Winner(q, new DrawNoise(key.Seed, key.Choice, key.FirstPosition + index));
}
