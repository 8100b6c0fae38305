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
        _pieces = [.. Weights.Pieces(), .. Spec.Layout.Pieces(Spec)];
        Slices = [.. _pieces.Select(piece => piece.Slice)];
        InnerShardCount = ExpertShares.Down(Spec, Spec.FirstExpert).Boundaries.Length - 1;
    }

    /// <summary>What it was built from.</summary>
    public new FusedMoeSpec Spec { get; }

    /// <inheritdoc />
    public ImmutableArray<WeightSlice> Slices { get; }

    /// <inheritdoc />
    public long WeightBytes => Weights.Bytes;

    /// <summary>Bytes the greediest product of an expert needs beside the rows it reads and writes.</summary>
    /// <param name="rowCount">Rows of a product.</param>
    public long ScratchBytes(int rowCount) => Weights.ScratchBytes(rowCount);

    /// <summary>This rank's experts.</summary>
    private protected ExpertWeights Weights { get; }

    /// <summary>Shards of this rank's intermediate size.</summary>
    private protected int InnerShardCount { get; }

    /// <inheritdoc />
    protected override FusedMoeForward ForwardNative => Forwarding(NativeSums);

    /// <inheritdoc />
    public void Load(int slice, Tensor values) => _pieces[slice].Place(Weights, values);

    /// <inheritdoc />
    public void Dispose()
    {
        Weights.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A forward whose own sums come from a function of rows, choices and role: [tokens, hidden] in float32.</summary>
    private protected FusedMoeForward Forwarding(Func<Tensor, ExpertChoices, TokenRole, Tensor> sumsOf) => (x, routed, role) =>
    {
        Check(x, routed);
        using var scope = NewDisposeScope();
        var choices = new ExpertChoices(Spec, routed);
        return scope.MoveToOuter(Finish(sumsOf(x, choices, role), choices));
    };

    private Tensor NativeSums(Tensor x, ExpertChoices choices, TokenRole role)
    {
        var wide = x.to_type(ScalarType.Float32).contiguous(); // [tokens, hidden]
        var sums = empty([x.shape[0], Spec.HiddenSize], ScalarType.Float32, x.device); // [tokens, hidden]
        for (var token = 0; token < x.shape[0]; token++)
        {
            using var row = wide.narrow(0, token, 1); // [1, hidden]
            TensorRows.Set(sums, token, OwnSum(row, choices.Of(token), role));
        }
        return sums;
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
    private ReadOnlySpan<float> OwnSum(Tensor x, ReadOnlySpan<ExpertChoice> choices, TokenRole role)
    {
        using var inner = empty([1, Spec.OwnIntermediateSize], ScalarType.Float32, x.device); // [1, ffn of this rank]
        var room = new Span<float>(TensorMemory.Pointer(inner), Spec.OwnIntermediateSize);
        var sums = new float[InnerShardCount * Spec.HiddenSize]; // [shards, hidden]
        foreach (var (expert, weight) in choices)
        {
            if (!Spec.Owns(expert))
                continue;
            ExpertActivation.Fill(Spec.Activation, GateUp(x, expert, role), room);
            using var shards = Weights.Down(expert).ShardProducts(inner, role); // [shards, 1, hidden]
            AddScaled(new ReadOnlySpan<float>(TensorMemory.Pointer(shards), sums.Length), weight, sums);
        }
        SummationTree.Reduce(sums, InnerShardCount);
        return sums.AsSpan(0, Spec.HiddenSize);
    }

    // [2 * ffn of this rank]
    private float[] GateUp(Tensor x, int expert, TokenRole role)
    {
        using var product = Weights.GateUp(expert).Product(x, role); // [1, 2 * ffn of this rank]
        var gateUp = TensorRows.Floats(product, 0).ToArray();
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
