using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// What the routers share: the correction bias, the walk over the tokens, and the plain choice. Every token is routed by itself, in
/// float32, by arithmetic that is the same on every processor: all ranks choose alike without a word.
/// </summary>
public abstract unsafe class TopkRouter : CustomOp<RouterForward>, IWeighted
{
    private const int ExpertCountMax = 4096; // Scores of one token lie on the stack.
    private readonly float[] _bias; // [experts]

    /// <summary>Takes a bias of zeros until one is loaded.</summary>
    private protected TopkRouter(OpSpec spec) : base(spec)
    {
        Spec = (RouterSpec)spec;
        Invariant.That(
            Spec.ExpertCount is >= 1 and <= ExpertCountMax && Spec.TopK >= 1 && Spec.TopK <= Spec.ExpertCount,
            $"{Spec.Prefix}: 1 to {Spec.ExpertCount} of at most {ExpertCountMax} experts a token, not {Spec.TopK}; "
            + $"check config.json");
        _bias = new float[Spec.ExpertCount];
    }

    /// <summary>What it was built from.</summary>
    public new RouterSpec Spec { get; }

    /// <inheritdoc />
    public ImmutableArray<WeightSlice> Slices => Spec.CorrectionBias is { } bias ? [bias] : [];

    /// <inheritdoc />
    public long WeightBytes => Spec.CorrectionBias is null ? 0 : (long)Spec.ExpertCount * sizeof(float);

    /// <summary>Added to the scores where experts are chosen, [experts]; zeros where the model has none.</summary>
    protected ReadOnlySpan<float> Bias => _bias;

    /// <inheritdoc />
    protected override RouterForward ForwardNative => logits => Route(logits, RoutePlainly);

    /// <inheritdoc />
    public void Load(int slice, Tensor values)
    {
        Invariant.That(
            values.shape.AsSpan().SequenceEqual([Spec.ExpertCount]), $"{Spec.Prefix}: a bias for each expert");
        using var wide = values.to_type(ScalarType.Float32); // [experts]
        using var near = wide.contiguous(); // [experts]
        new ReadOnlySpan<float>((float*)TensorMemory.Pointer(near), Spec.ExpertCount).CopyTo(_bias);
        Invariant.That(!HasNaN(_bias), $"{Spec.Prefix}: the correction bias has a NaN; check the checkpoint");
    }

    /// <inheritdoc />
    public void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Routes every token, then renormalises and scales its weights as the spec says.</summary>
    protected RoutedTokens Route(Tensor logits, RouterRow route)
    {
        Invariant.That(
            logits.shape.Length == 2 && logits.shape[1] == Spec.ExpertCount,
            $"{Spec.Prefix}: [tokens, {Spec.ExpertCount}], the gate's outputs, not [{string.Join(", ", logits.shape)}]");
        using var scope = NewDisposeScope();
        var rowCount = (int)logits.shape[0];
        var wide = logits.to_type(ScalarType.Float32).contiguous(); // [tokens, experts]
        var weights = empty([rowCount, Spec.TopK], ScalarType.Float32, logits.device); // [tokens, k]
        var ids = empty([rowCount, Spec.TopK], ScalarType.Int64, logits.device); // [tokens, k]
        var id = (long*)TensorMemory.Pointer(ids);
        var weight = (float*)TensorMemory.Pointer(weights);
        for (var row = 0; row < rowCount; row++, id += Spec.TopK, weight += Spec.TopK)
        {
            var mine = new Span<float>(weight, Spec.TopK);
            var from = TensorRows.Floats(wide, row);
            Invariant.That(
                !HasNaN(from), $"{Spec.Prefix}: expected numbers from the gate, row {row} has a NaN; look at its input");
            route(from, new Span<long>(id, Spec.TopK), mine);
            Finish(mine);
            Invariant.That(
                !HasNaN(mine), $"{Spec.Prefix}: the weights of row {row} are no numbers; look at the gate's outputs");
        }
        return new RoutedTokens(scope.MoveToOuter(weights), scope.MoveToOuter(ids));
    }

    /// <summary>Says which experts one token may choose.</summary>
    /// <param name="ranks">[experts]: scores with bias.</param>
    /// <param name="isOpen">[experts]. Filled.</param>
    private protected virtual void OpenExperts(ReadOnlySpan<float> ranks, Span<bool> isOpen) => isOpen.Fill(true);

    // One plain step after another.
    private void RoutePlainly(ReadOnlySpan<float> logits, Span<long> ids, Span<float> weights)
    {
        Span<float> scores = stackalloc float[logits.Length]; // [experts]
        Span<float> ranks = stackalloc float[logits.Length]; // [experts], scores with bias
        Span<bool> isOpen = stackalloc bool[logits.Length]; // [experts]
        RouterScores.Fill(Spec.Scoring, logits, scores);
        for (var expert = 0; expert < logits.Length; expert++)
            ranks[expert] = scores[expert] + Bias[expert];
        OpenExperts(ranks, isOpen);
        RouterScores.Largest(ranks, isOpen, ids);
        for (var i = 0; i < ids.Length; i++)
            weights[i] = scores[(int)ids[i]];
        if (Spec.Scoring == RouterScoring.SoftmaxOfChosen)
            RouterScores.Softmax(weights, weights);
    }

    private void Finish(Span<float> weights)
    {
        var sum = 0f;
        foreach (var weight in weights)
            sum += weight;
        for (var i = 0; i < weights.Length; i++)
            weights[i] = (Spec.Renormalise ? weights[i] / sum : weights[i]) * Spec.ScalingFactor;
    }

    private static bool HasNaN(ReadOnlySpan<float> values)
    {
        var isNumber = true;
        foreach (var value in values)
            isNumber &= !float.IsNaN(value);
        return !isNumber;
    }
}
