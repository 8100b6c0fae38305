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
    /// [all drafts, in the order of <paramref name="rows"/>, vocabulary], float32: what each was drawn from; null where
    /// drafts come without probabilities.
    /// </param>
    public ImmutableArray<ImmutableArray<SampledToken>> Verify(ImmutableArray<DraftRows> rows, Tensor? draftWeights)
    {
        if (rows.IsEmpty)
            return [];
        using var scope = NewDisposeScope();
        var bonus = rows.Select(one =>
            Sampler.Draw(one.Sequence, one.Sequence.TokenIds.Length - 1, one.Logits[^1]).TokenId);
        var verified = _sampler.Forward(new RejectionInput(
            [.. rows.Select(one => one.Sequence.DraftCount)],
            rows.Max(one => one.Sequence.DraftCount),
            tensor(rows.SelectMany(one => one.Sequence.TokenIds[one.Sequence.FirstDraft..]).ToArray()),
            TargetWeights(rows),
            draftWeights,
            tensor(bonus.ToArray()),
            [.. rows.Select(KeyOf)],
            mode)); // [sequences, longest draft + 1]
        return [.. rows.Select((one, index) => Read(one, verified, index))];
    }

    private static Tensor TargetWeights(ImmutableArray<DraftRows> rows)
    {
        var weights = empty(
            [rows.Sum(one => one.Sequence.DraftCount), rows[0].Logits[0].Length], ScalarType.Float32); // [drafts, vocabulary]
        var row = 0;
        foreach (var (sequence, logits) in rows)
        {
            for (var draft = 0; draft < sequence.DraftCount; draft++)
                TensorRows.Set(weights, row++, Sampler.Weigh(sequence, sequence.FirstDraft - 1 + draft, logits[draft]));
        }
        return weights;
    }

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
}
