namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// Groups of neighbouring experts compete first: a group's score is its largest expert score, or with a correction bias
/// the sum of its two largest biased ones. The k largest experts of the best groups are chosen; their weights are the
/// scores without the bias. Ties go to the first index, however many tokens there are.
/// </summary>
/// <remarks>
/// Source: DeepSeek-AI 2024, V2 (`group_limited_greedy`: no bias) and V3 (`noaux_tc`: sigmoid and bias); op modules 4.4,
/// without its fault: settings that leave fewer experts than are chosen are refused.
/// </remarks>
[OpName("GroupedTopk", "grouped_topk")]
public class GroupedTopk : TopkRouter
{
    /// <exception cref="InvariantBrokenException">The groups do not fit the experts.</exception>
    public GroupedTopk(OpSpec spec) : base(spec)
    {
        Spec = (GroupedTopkSpec)spec;
        Invariant.That(
            Spec.Scoring is RouterScoring.Softmax or RouterScoring.Sigmoid,
            $"{Spec.Prefix}: grouped top-k scores by Softmax or Sigmoid, not {Spec.Scoring}; check `scoring_func`");
        Invariant.That(
            Spec.GroupCount >= 1 && Spec.ExpertCount % Spec.GroupCount == 0,
            $"{Spec.Prefix}: {Spec.ExpertCount} experts do not split into {Spec.GroupCount} groups; check `n_group`");
        Invariant.That(
            Spec.TopkGroupCount >= 1 && Spec.TopkGroupCount <= Spec.GroupCount,
            $"{Spec.Prefix}: 1 to {Spec.GroupCount} groups a token, not {Spec.TopkGroupCount}; check `topk_group`");
        Invariant.That(
            Spec.TopkGroupCount * Spec.GroupSize >= Spec.TopK,
            $"{Spec.Prefix}: {Spec.TopkGroupCount} groups of {Spec.GroupSize} experts are fewer than the {Spec.TopK} "
            + $"that a token is to choose; check `topk_group`, `n_group` and `num_experts_per_tok`");
        Invariant.That(
            Spec.CorrectionBias is null || Spec.GroupSize >= 2,
            $"{Spec.Prefix}: a biased group's score is the sum of two experts, and a group has {Spec.GroupSize}; "
            + $"check `n_group`");
    }

    /// <summary>What it was built from.</summary>
    public new GroupedTopkSpec Spec { get; }

    // The experts of the best groups.
    private protected override void OpenExperts(ReadOnlySpan<float> ranks, Span<bool> isOpen)
    {
        Span<float> groups = stackalloc float[Spec.GroupCount]; // [groups]
        Span<bool> isGroupOpen = stackalloc bool[Spec.GroupCount]; // [groups]
        Span<long> best = stackalloc long[Spec.TopkGroupCount]; // [chosen groups]
        for (var group = 0; group < groups.Length; group++)
            groups[group] = GroupScore(ranks.Slice(group * Spec.GroupSize, Spec.GroupSize));
        isGroupOpen.Fill(true);
        RouterScores.Largest(groups, isGroupOpen, best);
        isOpen.Clear();
        foreach (var group in best)
            isOpen.Slice((int)group * Spec.GroupSize, Spec.GroupSize).Fill(true);
    }

    private float GroupScore(ReadOnlySpan<float> ranks)
    {
        var largest = float.NegativeInfinity;
        var second = float.NegativeInfinity;
        foreach (var rank in ranks)
        {
            second = MathF.Max(second, MathF.Min(rank, largest));
            largest = MathF.Max(largest, rank);
        }
        return Spec.CorrectionBias is null ? largest : largest + second;
    }
}
