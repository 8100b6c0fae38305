using System.Collections.Immutable;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// v = x * silu(gate) in float32; v * rsqrt(mean of v^2 over its group + epsilon), rounded to x's type; times the
/// weight. The squares of a group are summed over the eight fixed shards of the whole row: a chain in each, then the
/// tree. A rank owns neighbouring shards, so 1, 2, 4 and 8 ranks give the same bits, also where a group spans ranks.
/// </summary>
/// <remarks>Source: Dao and Gu 2024, section 7 (the norm before the output projection), and Zhang and Sennrich 2019.</remarks>
[OpName("Mixer2RMSNormGated", "mixer2_gated_rms_norm")]
public class Mixer2RmsNormGated : CustomOp<GatedNormForward>, IWeighted
{
    private readonly bool _spansRanks;
    private Tensor? _weight; // [hidden of this rank]

    /// <summary>Takes no memory for the weight until it is loaded.</summary>
    /// <exception cref="InvariantBrokenException">The row does not split into groups or over ranks.</exception>
    public Mixer2RmsNormGated(OpSpec spec) : base(spec)
    {
        Spec = (GatedNormSpec)spec;
        Invariant.That(
            Spec.GroupCount > 0 && Spec.HiddenSize % Spec.GroupCount == 0,
            $"{Spec.Prefix}: {Spec.HiddenSize} values do not split into {Spec.GroupCount} groups; check config.json");
        var (rank, worldSize) = (Spec.Lane.Rank, Spec.Lane.WorldSize);
        OwnSize = Spec.Lane.Share(Spec.HiddenSize);
        _spansRanks = Spec.GroupCount % worldSize != 0;
        SummedGroups = _spansRanks ? Spec.GroupCount : Spec.GroupCount / worldSize;
        Pieces = NormPiece.Of(
            Spec.HiddenSize, Spec.GroupCount, _spansRanks ? 0 : rank * SummedGroups, rank, worldSize);
    }

    /// <summary>What it was built from.</summary>
    public new GatedNormSpec Spec { get; }

    /// <inheritdoc />
    public ImmutableArray<WeightSlice> Slices => Spec.Epsilon is null
        ? []
        : [WeightSlice.Share($"{Spec.Prefix}.weight", [Spec.HiddenSize], 0, Spec.Lane.Rank, Spec.Lane.WorldSize)];

    /// <inheritdoc />
    public long WeightBytes => Spec.Epsilon is null ? 0 : (long)OwnSize * Spec.Dtype.ElementSize();

    /// <summary>[hidden of this rank].</summary>
    protected Tensor Weight =>
        _weight ?? throw new InvariantBrokenException($"{Spec.Prefix}: a weight is loaded before it is used");

    /// <summary>Values of a row on this rank.</summary>
    private protected int OwnSize { get; }

    /// <summary>Groups this rank sums: its own, or all where they span ranks.</summary>
    private protected int SummedGroups { get; }

    /// <summary>What of which group lies in which shard of this rank.</summary>
    private protected ImmutableArray<NormPiece> Pieces { get; }

    /// <inheritdoc />
    protected override GatedNormForward ForwardNative => (x, gate) =>
    {
        CheckShapes(x, gate);
        using var scope = NewDisposeScope();
        var gated = Gated(x, gate); // [tokens, hidden], float32
        if (Spec.Epsilon is not { } epsilon)
            return scope.MoveToOuter(gated.to_type(x.dtype));
        var sums = GroupSums(ShardSums(gated)); // [tokens, groups]
        Normalize(gated, sums, epsilon);
        return scope.MoveToOuter(gated.to_type(x.dtype) * Weight);
    };

    /// <inheritdoc />
    public void Load(int slice, Tensor values)
    {
        Invariant.That(values.shape.AsSpan().SequenceEqual([OwnSize]), $"{Spec.Prefix}: [{OwnSize}]");
        _weight?.Dispose();
        _weight = values.to(Spec.Dtype, Spec.Device, copy: true).DetachFromDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _weight?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The sums of squares of whole groups, over all ranks.</summary>
    /// <param name="shardSums">[shards of this rank, tokens, groups]. Overwritten.</param>
    /// <returns>[tokens, groups], of <paramref name="shardSums"/>' memory.</returns>
    private protected unsafe Tensor GroupSums(Tensor shardSums)
    {
        var all = new Span<float>(TensorMemory.Pointer(shardSums), checked((int)shardSums.numel()));
        SummationTree.Reduce(all, (int)shardSums.shape[0]);
        var sums = shardSums[0]; // [tokens, groups]
        if (_spansRanks)
            Spec.Lane.AllReduceSum(sums);
        return sums;
    }

    /// <summary>Refuses rows of another width.</summary>
    private protected void CheckShapes(Tensor x, Tensor gate) => Invariant.That(
        x.shape.Length == 2 && x.shape[1] == OwnSize && gate.shape.AsSpan().SequenceEqual(x.shape),
        $"{Spec.Prefix}: values and gate [tokens, {OwnSize}], not [{string.Join(", ", x.shape)}] and "
        + $"[{string.Join(", ", gate.shape)}]");

    private static unsafe Tensor Gated(Tensor x, Tensor gate)
    {
        using var scope = NewDisposeScope();
        var values = x.to_type(ScalarType.Float32).contiguous(); // [tokens, hidden]
        var gates = gate.to_type(ScalarType.Float32).contiguous(); // [tokens, hidden]
        var gated = empty(x.shape, ScalarType.Float32, x.device); // [tokens, hidden]
        var v = (float*)TensorMemory.Pointer(values);
        var g = (float*)TensorMemory.Pointer(gates);
        var to = (float*)TensorMemory.Pointer(gated);
        for (var i = 0L; i < x.numel(); i++)
            to[i] = v[i] * (g[i] / (1 + Exponential.Of(-g[i])));
        return scope.MoveToOuter(gated);
    }

    private unsafe Tensor ShardSums(Tensor gated)
    {
        var shardCount = SummationShards.Count / Spec.Lane.WorldSize;
        var sums = zeros([shardCount, gated.shape[0], SummedGroups], ScalarType.Float32, gated.device);
        var v = (float*)TensorMemory.Pointer(gated);
        var to = (float*)TensorMemory.Pointer(sums);
        for (var row = 0L; row < gated.shape[0]; row++)
        {
            foreach (var piece in Pieces)
            {
                var sum = 0f;
                for (var i = piece.Begin; i < piece.End; i++)
                    sum += v[(row * OwnSize) + i] * v[(row * OwnSize) + i];
                to[(((piece.Shard * gated.shape[0]) + row) * SummedGroups) + piece.Group] = sum;
            }
        }
        return sums;
    }

    private unsafe void Normalize(Tensor gated, Tensor sums, float epsilon)
    {
        var groupSize = Spec.HiddenSize / Spec.GroupCount;
        var v = (float*)TensorMemory.Pointer(gated);
        var s = (float*)TensorMemory.Pointer(sums);
        for (var row = 0L; row < gated.shape[0]; row++)
        {
            foreach (var piece in Pieces)
            {
                var meanSquare = s[(row * SummedGroups) + piece.Group] / groupSize;
                var inverseRoot = 1 / MathF.Sqrt(meanSquare + epsilon);
                for (var i = piece.Begin; i < piece.End; i++)
                    v[(row * OwnSize) + i] *= inverseRoot;
            }
        }
    }
}
