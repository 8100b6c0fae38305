using System.Diagnostics;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// Verifies drafts one after another. Greedy rows: a draft stands where it is the target's likeliest token. Coupled: where
/// it is the target's own draw at its position. Standard: as <see cref="StandardVerification"/> decides.
/// </summary>
/// <remarks>Source: op modules 4.1, without its fault: the padding of short rows is not compared.</remarks>
[OpName("RejectionSampler", "rejection_sampler")]
public class RejectionSampler(OpSpec spec) : CustomOp<RejectionForward>(spec)
{
    /// <summary>What the output holds where there is no token.</summary>
    public const int Nothing = -1;

    /// <inheritdoc />
    protected override RejectionForward ForwardNative => input =>
    {
        input.Check();
        using var scope = NewDisposeScope();
        var target = input.TargetWeights.cpu().contiguous(); // [drafts, vocabulary]
        var proposal = input.DraftWeights?.cpu().contiguous(); // [drafts, vocabulary]
        var drafts = TensorRows.Integers(input.DraftTokenIds);
        var bonus = TensorRows.Integers(input.BonusTokenIds);
        var columnCount = input.DraftCountMax + 1;
        var output = new int[input.RowCount * columnCount]; // [rows, columns]
        Array.Fill(output, Nothing);
        for (var (row, first) = (0, 0); row < input.RowCount; first += input.DraftCounts[row++])
        {
            var tokens = output.AsSpan(row * columnCount, columnCount);
            var stood = 0;
            while (stood < input.DraftCounts[row])
            {
                var at = first + stood;
                tokens[stood] = Choose(input, row, stood, drafts[at], target, proposal, at);
                if (tokens[stood] != drafts[at])
                    break;
                stood++;
            }
            if (stood == input.DraftCounts[row])
                tokens[stood] = bonus[row];
        }
        return scope.MoveToOuter(tensor(output, [input.RowCount, columnCount]).to(Spec.Device));
    };

    // The token at a draft's place: the draft itself where it stands.
    private static int Choose(
        RejectionInput input, int row, int index, int draft, Tensor target, Tensor? proposal, int at)
    {
        var weights = TensorRows.Floats(target, at); // [vocabulary]
        if (input.Keys[row] is not { } key)
            return Likeliest(weights);
        var position = key.FirstPosition + index;
        return input.Mode switch
        {
            VerificationMode.Coupled =>
                ExponentialRace.Winner(weights, new DrawNoise(key.Seed, key.Choice, position)),
            VerificationMode.Standard => StandardVerification.Choose(
                draft, weights, proposal is null ? [] : TensorRows.Floats(proposal, at), key, position),
            _ => throw new UnreachableException($"mode {input.Mode}"),
        };
    }

    private static int Likeliest(ReadOnlySpan<float> weights)
    {
        var best = 0;
        for (var token = 1; token < weights.Length; token++)
        {
            if (weights[token] > weights[best])
                best = token;
        }
        return best;
    }
}
