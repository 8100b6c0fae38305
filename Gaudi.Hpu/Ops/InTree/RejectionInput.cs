using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>The drafts of several sequences, one row each, and what the target thinks of them.</summary>
/// <param name="DraftCounts">[rows]: how many drafts each row has, 0 included.</param>
/// <param name="DraftCountMax">At least the largest of them: the output's columns, less one.</param>
/// <param name="DraftTokenIds">[drafts], int32: the rows' drafts one after another.</param>
/// <param name="TargetWeights">[drafts, vocabulary], float32: the target's probabilities, not normalised.</param>
/// <param name="DraftWeights">
/// The same of whoever drafted; null where a draft comes without probabilities and counts as certain (n-gram).
/// </param>
/// <param name="BonusTokenIds">[rows], int32: the target's own next token, should all drafts stand.</param>
/// <param name="Keys">[rows]; null verifies greedily.</param>
/// <param name="Mode">How the rows with a key are verified.</param>
public sealed record RejectionInput(
    ImmutableArray<int> DraftCounts, int DraftCountMax, Tensor DraftTokenIds, Tensor TargetWeights,
    Tensor? DraftWeights, Tensor BonusTokenIds, ImmutableArray<DrawKey?> Keys, VerificationMode Mode)
{
    /// <summary>Rows.</summary>
    public int RowCount => DraftCounts.Length;

    /// <summary>Refuses shapes and types that do not belong together.</summary>
    /// <exception cref="InvariantBrokenException">They do not.</exception>
    public void Check()
    {
        long drafts = DraftCounts.Sum();
        Invariant.That(
            DraftCounts.All(count => count >= 0 && count <= DraftCountMax), $"0 to {DraftCountMax} drafts a row");
        Invariant.That(Keys.Length == RowCount, $"{RowCount} rows, {Keys.Length} keys");
        Invariant.That(Is(DraftTokenIds, ScalarType.Int32, drafts), $"{drafts} draft ids, int32");
        Invariant.That(Is(BonusTokenIds, ScalarType.Int32, RowCount), $"{RowCount} bonus ids, int32");
        Invariant.That(
            TargetWeights.shape.Length == 2 && Is(TargetWeights, ScalarType.Float32, drafts, TargetWeights.shape[1]),
            $"{drafts} rows of target weights, float32");
        Invariant.That(
            DraftWeights is null || Is(DraftWeights, ScalarType.Float32, TargetWeights.shape),
            "draft weights like the target's");
    }

    private static bool Is(Tensor tensor, ScalarType dtype, params long[] shape) =>
        tensor.dtype == dtype && tensor.shape.AsSpan().SequenceEqual(shape);
}
