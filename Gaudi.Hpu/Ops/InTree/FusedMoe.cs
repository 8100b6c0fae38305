using System.Collections.Immutable;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// y = the sum over a token's experts e of weight_e * (W2_e (act(W1_e x + b1_e) * (W3_e x + b3_e)) + b2_e), all in float32,
/// rounded once to x's type.
/// </summary>
/// <remarks>
/// The order of addition is fixed. The intermediate size falls into the 8 shards of <see cref="SummationShards"/>; for
/// each shard a chain of fused multiply-adds of (weight_e, the shard's sum of W2_e, the sum so far) runs over the token's
/// experts by rising number, from zero; the 8 shard sums are added as a tree, of which a rank owns a subtree and the
/// all-reduce is the rest; last comes the sum of the down biases, a chain of its own over the same experts. So 1, 2, 4
/// and 8 tensor-parallel ranks give the same bits. Expert-parallel ranks agree to the bit among each other, but add
/// experts of different ranks last: their sum differs from one rank's by float32 rounding.
/// Source: Shazeer et al. 2017; op modules 4.3.
/// </remarks>
[OpName("UnquantizedFusedMoEMethod", "unquantized_fused_moe")]
public unsafe class FusedMoe : CustomOp<FusedMoeForward>, IWeighted
{
    private readonly ImmutableArray<ExpertPiece> _pieces;
    private readonly int[] _innerBoundaries;

    /// <summary>Takes no memory for matrices until they are loaded.</summary>
    public FusedMoe(OpSpec spec) : base(spec)
    {
        Spec = (FusedMoeSpec)spec;
        Invariant.That(
            Spec.TopK >= 1 && Spec.TopK <= Spec.ExpertCount,
            $"{Spec.Prefix}: 1 to {Spec.ExpertCount} experts a token, not {Spec.TopK}; check config.json");
        Invariant.That(
            Spec.ExpertsPerSlice is null or >= 1, $"{Spec.Prefix}: slices of at least one expert, or none at all");
        Weights = new ExpertWeights(Spec);
        _pieces = [.. Spec.Layout.Pieces(Spec)];
        Slices = [.. _pieces.Select(piece => piece.Slice)];
        _innerBoundaries = Spec.IsExpertParallel
            ? SummationShards.Boundaries(Spec.IntermediateSize, part: 0, partCount: 1)
            : SummationShards.Boundaries(Spec.IntermediateSize, Spec.Lane.Rank, Spec.Lane.WorldSize);
    }

    /// <summary>What it was built from.</summary>
    public new FusedMoeSpec Spec { get; }

    /// <inheritdoc />
    public ImmutableArray<WeightSlice> Slices { get; }

    /// <inheritdoc />
    public long WeightBytes => ExpertWeights.BytesOf(Spec);

    /// <summary>This rank's experts.</summary>
    private protected ExpertWeights Weights { get; }

    /// <summary>Where the shards of this rank's intermediate size begin and end.</summary>
    protected ReadOnlySpan<int> InnerBoundaries => _innerBoundaries;

    /// <inheritdoc />
    protected override FusedMoeForward ForwardNative => (x, routed, _) =>
    {
        Check(x, routed);
        using var scope = NewDisposeScope();
        var choices = new ExpertChoices(Spec, routed);
        var wide = x.to_type(ScalarType.Float32).contiguous(); // [tokens, hidden]
        var sums = empty([x.shape[0], Spec.HiddenSize], ScalarType.Float32, x.device); // [tokens, hidden]
        for (var token = 0; token < x.shape[0]; token++)
            TensorRows.Set(sums, token, OwnSum(TensorRows.Floats(wide, token), choices.Of(token)));
        return scope.MoveToOuter(Finish(sums, choices));
    };

    /// <inheritdoc />
    public void Load(int slice, Tensor values) => _pieces[slice].Place(Weights, values);

    /// <inheritdoc />
    public void Dispose()
    {
        Weights.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Refuses shapes that are not this layer's.</summary>
    protected void Check(Tensor x, RoutedTokens routed)
    {
        Invariant.That(
            x.shape.Length == 2 && x.shape[1] == Spec.HiddenSize,
            $"{Spec.Prefix}: [tokens, {Spec.HiddenSize}], not [{string.Join(", ", x.shape)}]");
        long[] chosen = [x.shape[0], Spec.TopK];
        Invariant.That(
            routed.Weights.shape.AsSpan().SequenceEqual(chosen) && routed.Ids.shape.AsSpan().SequenceEqual(chosen),
            $"{Spec.Prefix}: {Spec.TopK} weights and experts for each of {x.shape[0]} tokens");
        Invariant.That(
            routed.Weights.dtype == ScalarType.Float32 && routed.Ids.dtype == ScalarType.Int64,
            $"{Spec.Prefix}: float32 weights and int64 experts");
    }

    /// <summary>Adds the ranks' sums and the down biases, and rounds to the model's type.</summary>
    /// <param name="sums">[tokens, hidden], float32, of this rank. Overwritten.</param>
    /// <param name="choices">Of the same tokens.</param>
    /// <returns>[tokens, hidden]; the caller disposes it.</returns>
    private protected Tensor Finish(Tensor sums, ExpertChoices choices)
    {
        Spec.Lane.AllReduceSum(sums);
        if (Spec.HasBias)
        {
            var biases = new float[Spec.HiddenSize];
            for (var token = 0; token < sums.shape[0]; token++)
            {
                Array.Clear(biases);
                foreach (var (expert, weight) in choices.Of(token))
                    AddScaled(Weights.DownBias(expert), weight, biases);
                AddScaled(TensorRows.Floats(sums, token), 1, biases);
                TensorRows.Set(sums, token, biases);
            }
        }
        return sums.to_type(Spec.Dtype);
    }

    // [hidden]: what this rank's shards of this rank's experts add up to for one token.
    private ReadOnlySpan<float> OwnSum(ReadOnlySpan<float> x, ReadOnlySpan<ExpertChoice> choices)
    {
        var shardCount = _innerBoundaries.Length - 1;
        var inner = new float[Spec.OwnIntermediateSize]; // [ffn of this rank]
        var shards = new float[shardCount * Spec.HiddenSize]; // [shards, hidden]
        var sums = new float[shardCount * Spec.HiddenSize]; // [shards, hidden]
        foreach (var (expert, weight) in choices)
        {
            if (!Spec.Owns(expert))
                continue;
            ExpertActivation.Fill(Spec.Activation, GateUp(x, expert), inner);
            fixed (float* from = inner, to = shards)
                MatrixProduct.MultiplyApart(from, 1, Weights.Down(expert), _innerBoundaries, to);
            AddScaled(shards, weight, sums);
        }
        SummationTree.Reduce(sums, shardCount);
        return sums.AsSpan(0, Spec.HiddenSize);
    }

    // [2 * ffn of this rank]
    private float[] GateUp(ReadOnlySpan<float> x, int expert)
    {
        var gateUp = new float[2 * Spec.OwnIntermediateSize];
        var boundaries = SummationShards.Boundaries(Spec.HiddenSize, part: 0, partCount: 1);
        fixed (float* from = x, to = gateUp)
            MatrixProduct.Multiply(from, 1, Weights.GateUp(expert), boundaries, to);
        var bias = Weights.GateUpBias(expert);
        for (var i = 0; i < bias.Length; i++)
            gateUp[i] += bias[i];
        return gateUp;
    }

    private static void AddScaled(ReadOnlySpan<float> values, float weight, Span<float> sums)
    {
        for (var i = 0; i < sums.Length; i++)
            sums[i] = MathF.FusedMultiplyAdd(weight, values[i], sums[i]);
    }
}
