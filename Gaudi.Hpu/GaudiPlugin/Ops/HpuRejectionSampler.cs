using System.Diagnostics;
using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>
/// The verification of drafts with one transfer of ids to the host and one argmax for all greedy rows. Weights leave the
/// card only where a row is sampled; nothing is computed beyond a row's first draft that does not stand.
/// </summary>
public sealed class HpuRejectionSampler(OpSpec spec) : RejectionSampler(spec)
{
    /// <inheritdoc />
    protected override RejectionForward ForwardOutOfTree => input =>
    {
        input.Check();
        using var scope = NewDisposeScope();
        var ids = TensorRows.Integers(cat([input.DraftTokenIds, input.BonusTokenIds]));
        var drafts = ids.AsSpan(..^input.RowCount);
        var bonus = ids.AsSpan(^input.RowCount..);
        var likeliest = input.Keys.Any(key => key is null)
            ? TensorRows.Integers(input.TargetWeights.argmax(1).to_type(ScalarType.Int32)) // [drafts]
            : [];
        var isSampled = input.Keys.Any(key => key is not null);
        var target = isSampled ? input.TargetWeights.cpu().contiguous() : null; // [drafts, vocabulary]
        var proposal = isSampled ? input.DraftWeights?.cpu().contiguous() : null; // [drafts, vocabulary]
        var columnCount = input.DraftCountMax + 1;
        var output = new int[input.RowCount * columnCount]; // [rows, columns]
        Array.Fill(output, Nothing);
        var first = 0;
        for (var row = 0; row < input.RowCount; row++)
        {
            var count = input.DraftCounts[row];
            var own = drafts.Slice(first, count);
            var tokens = output.AsSpan(row * columnCount, count + 1);
            var stood = input.Keys[row] is { } key
                ? VerifySampled(input.Mode, key, own, target!, proposal, first, tokens)
                : VerifyGreedy(own, likeliest.AsSpan(first, count), tokens);
            if (stood == count)
                tokens[count] = bonus[row];
            first += count;
        }
        return scope.MoveToOuter(tensor(output, [input.RowCount, columnCount]).to(Spec.Device));
    };

    private static int VerifyGreedy(ReadOnlySpan<int> drafts, ReadOnlySpan<int> likeliest, Span<int> tokens)
    {
        var stood = drafts.CommonPrefixLength(likeliest);
        likeliest[..Math.Min(stood + 1, drafts.Length)].CopyTo(tokens);
        return stood;
    }

    private static int VerifySampled(
        VerificationMode mode, DrawKey key, ReadOnlySpan<int> drafts, Tensor target, Tensor? proposal, int first,
        Span<int> tokens)
    {
        for (var i = 0; i < drafts.Length; i++)
        {
            var weights = TensorRows.Floats(target, first + i); // [vocabulary]
            var at = key with { FirstPosition = key.FirstPosition + i };
            tokens[i] = mode switch
            {
                VerificationMode.Coupled => DraftRace.Winner(drafts[i], weights, at),
                VerificationMode.Standard => ResidualRace.Choose(
                    drafts[i], weights, proposal is null ? [] : TensorRows.Floats(proposal, first + i), at),
                _ => throw new UnreachableException($"mode {mode}"),
            };
            if (tokens[i] != drafts[i])
                return i;
        }
        return drafts.Length;
    }
}
