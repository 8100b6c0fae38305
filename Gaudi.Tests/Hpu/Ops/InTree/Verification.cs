using System.Collections.Immutable;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>A call of the rejection sampler, from arrays to arrays.</summary>
internal sealed record Verification(
    int DraftCountMax, ImmutableArray<int[]> Drafts, ImmutableArray<float[]> Target, ImmutableArray<float[]>? Proposal,
    ImmutableArray<int> Bonus, ImmutableArray<DrawKey?> Keys, VerificationMode Mode)
{
    public static RejectionSampler Op(OpTable table) =>
        table.Create<RejectionSampler>(new RejectionSpec("verify", ScalarType.Float32, CPU));

    /// <summary>Greedy rows whose targets are given by their likeliest tokens.</summary>
    public static Verification Greedy(int draftCountMax, int[][] drafts, int[][] likeliest, int[] bonus) => new(
        draftCountMax, [.. drafts],
        [.. likeliest.SelectMany(row => row).Select(token => Enumerable.Range(0, 12).Select(i => i == token ? 1f : 0.5f).ToArray())],
        null, [.. bonus], [.. drafts.Select(_ => (DrawKey?)null)], VerificationMode.Coupled);

    /// <summary>The output's rows.</summary>
    public int[][] Run(RejectionSampler op)
    {
        using var scope = NewDisposeScope();
        var output = op.Forward(new RejectionInput(
            [.. Drafts.Select(row => row.Length)], DraftCountMax, tensor(Drafts.SelectMany(row => row).ToArray()),
            Matrix(Target), Proposal is { } proposal ? Matrix(proposal) : null, tensor(Bonus.ToArray()), Keys, Mode));
        if (output.dtype != ScalarType.Int32 || !output.shape.SequenceEqual([Drafts.Length, DraftCountMax + 1]))
            throw new InvalidOperationException($"{output.dtype} [{string.Join(", ", output.shape)}]");
        return [.. output.data<int>().ToArray().Chunk(DraftCountMax + 1)];
    }

    private static Tensor Matrix(ImmutableArray<float[]> rows) => rows.IsEmpty
        ? zeros(0, 12)
        : tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]);
}
