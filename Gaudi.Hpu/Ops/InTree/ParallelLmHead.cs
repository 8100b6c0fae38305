using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// The output head, split over the ranks by tokens. Logits stay float32 in every type of model and are gathered from
/// all ranks.
/// </summary>
/// <remarks>Its forward returns [tokens, vocabulary], the same on every rank.</remarks>
[OpName("ParallelLMHead", "parallel_lm_head")]
public class ParallelLmHead : CustomOp<LinearForward>, IWeighted
{
    private readonly PackedMatrix? _own; // [tokens owned, hidden]
    private readonly int[] _boundaries;

    /// <summary>Takes a <see cref="VocabularySpec"/>.</summary>
    public ParallelLmHead(OpSpec spec) : base(spec)
    {
        Spec = (VocabularySpec)spec;
        _own = Spec.Tied is null
            ? new PackedMatrix(Spec.TokensOwned, Spec.HiddenSize, Spec.Dtype, Spec.Device)
            : null;
        _boundaries = SummationShards.Boundaries(Spec.HiddenSize, part: 0, partCount: 1);
    }

    /// <summary>What it was built from.</summary>
    public new VocabularySpec Spec { get; }

    /// <summary>Adds adapters' products; null where no adapter may. Not disposed here.</summary>
    internal LinearWithLora? Lora { get; set; }

    /// <inheritdoc />
    public ImmutableArray<WeightSlice> Slices => _own is null ? [] : [Spec.Slice];

    /// <inheritdoc />
    public long WeightBytes => _own is null ? 0 : PackedMatrix.BytesOf(Spec.TokensOwned, Spec.HiddenSize, Spec.Dtype);

    /// <inheritdoc />
    protected override LinearForward ForwardNative => (x, _) =>
    {
        Invariant.That(
            x.shape.Length == 2 && x.shape[1] == Spec.HiddenSize, $"{Spec.Prefix}: [tokens, {Spec.HiddenSize}]");
        using var scope = NewDisposeScope();
        var wide = x.to_type(ScalarType.Float32).contiguous(); // [tokens, hidden]
        var mine = Multiply(wide); // [tokens, tokens owned]
        if (Lora is { HasRows: true })
            Lora.Forward(mine, wide);
        var all = Spec.Lane.AllGatherColumns(mine); // [tokens, ranks * tokens owned]
        return scope.MoveToOuter(all.narrow(1, 0, Spec.VocabularySize).contiguous());
    };

    /// <inheritdoc />
    public void Load(int slice, Tensor values) => _own!.Fill(0, values);

    /// <inheritdoc />
    public void Dispose()
    {
        _own?.Dispose();
        GC.SuppressFinalize(this);
    }

    private unsafe Tensor Multiply(Tensor wide)
    {
        var rowCount = (int)wide.shape[0];
        var y = empty([rowCount, Spec.TokensOwned], ScalarType.Float32, wide.device); // [tokens, tokens owned]
        MatrixProduct.Multiply(
            (float*)TensorMemory.Pointer(wide), rowCount, _own ?? Spec.Tied!.Weight, _boundaries,
            (float*)TensorMemory.Pointer(y));
        return y;
    }
}
