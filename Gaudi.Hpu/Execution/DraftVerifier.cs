using System.Collections.Immutable;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>Verifies the drafts of a step with the op that the table gives for it: all sequences in one call.</summary>
/// <param name="ops">Builds the op.</param>
/// <param name="mode">When a draft of a sampled request stands.</param>
internal sealed class DraftVerifier(LayerOps ops, VerificationMode mode)
{
    private readonly RejectionSampler _sampler = ops.RejectionSampler("rejection_sampler");

    /// <summary>What each sequence goes on with: the drafts that stand, then one token more.</summary>
    /// <param name="rows">The sequences with drafts.</param>
    /// <param name="draftWeights">
    /// [all drafts, in the order of <paramref name="rows"/>][vocabulary]: what each was drawn from; null where drafts
    /// come without probabilities.
    /// </param>
    public ImmutableArray<ImmutableArray<SampledToken>> Verify(
        ImmutableArray<DraftRows> rows, IReadOnlyList<float[]>? draftWeights)
    {
        if (rows.IsEmpty)
            return [];
        using var scope = NewDisposeScope();
        var targetWeights = rows.SelectMany(WeightsOf).ToArray();
        var bonus = rows.Select(one =>
            Sampler.Draw(one.Sequence, one.Sequence.TokenIds.Length - 1, one.Logits[^1]).TokenId);
        var verified = _sampler.Forward(new RejectionInput(
            [.. rows.Select(one => one.Sequence.DraftCount)],
            rows.Max(one => one.Sequence.DraftCount),
            tensor(rows.SelectMany(one => one.Sequence.TokenIds[one.Sequence.FirstDraft..]).ToArray()),
            Matrix(targetWeights),
            draftWeights is null ? null : Matrix(draftWeights),
            tensor(bonus.ToArray()),
            [.. rows.Select(KeyOf)],
            mode)); // [sequences, longest draft + 1]
        return [.. rows.Select((one, index) => Read(one, verified, index))];
    }

    private static IEnumerable<float[]> WeightsOf(DraftRows rows) =>
        Enumerable.Range(0, rows.Sequence.DraftCount).Select(draft =>
            Sampler.Weigh(rows.Sequence, rows.Sequence.FirstDraft - 1 + draft, rows.Logits[draft]));

    private static DrawKey? KeyOf(DraftRows rows) => rows.Sequence.Sampling!.Temperature < Sampler.GreedyTemperature
        ? null
        : new DrawKey(
            rows.Sequence.Sampling.Seed, rows.Sequence.Choice, rows.Sequence.FirstPosition + rows.Sequence.FirstDraft);

    private static unsafe ImmutableArray<SampledToken> Read(DraftRows rows, Tensor verified, int index)
    {
        var width = (int)verified.shape[1];
        var ids = new ReadOnlySpan<int>((int*)TensorMemory.Pointer(verified) + (index * width), width);
        var tokens = ImmutableArray.CreateBuilder<SampledToken>();
        for (var i = 0; i <= rows.Sequence.DraftCount && ids[i] >= 0; i++)
            tokens.Add(Sampler.Report(rows.Sequence, rows.Sequence.FirstDraft - 1 + i, rows.Logits[i], ids[i]));
        Invariant.That(tokens.Count > 0, $"sequence {rows.Sequence.SequenceId}: verification gave no token");
        return tokens.ToImmutable();
    }

    private static Tensor Matrix(IReadOnlyList<float[]> rows)
    {
        var values = new float[(long)rows.Count * rows[0].Length];
        for (var i = 0; i < rows.Count; i++)
            rows[i].CopyTo(values, (long)i * rows[i].Length);
        return tensor(values, [rows.Count, rows[0].Length]); // [rows, vocabulary]
    }
}
