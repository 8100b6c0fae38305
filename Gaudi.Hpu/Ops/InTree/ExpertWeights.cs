using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// A rank's weights of its experts, each packed for the matrix kernel: gate and up in one matrix, gate first. Biases are
/// kept in float32. Experts are named by their number over all ranks.
/// </summary>
/// <remarks>Owns its memory until disposed. One thread while it is filled, any afterwards.</remarks>
internal sealed unsafe class ExpertWeights(FusedMoeSpec spec) : IDisposable
{
    private readonly PackedMatrix[] _gateUp = Matrices(spec, 2 * spec.OwnIntermediateSize, spec.HiddenSize);
    private readonly PackedMatrix[] _down = Matrices(spec, spec.HiddenSize, spec.OwnIntermediateSize);

    // [own experts, 2 * ffn of this rank]
    private readonly float[] _gateUpBias =
        new float[spec.HasBias ? (long)spec.OwnExpertCount * 2 * spec.OwnIntermediateSize : 0];

    // [experts, hidden]: every rank adds all of it, after the ranks' sums.
    private readonly float[] _downBias = new float[spec.HasBias ? (long)spec.ExpertCount * spec.HiddenSize : 0];

    /// <summary>Bytes of a rank's weights, padding included.</summary>
    public static long BytesOf(FusedMoeSpec spec)
    {
        var matrices = PackedMatrix.BytesOf(2 * spec.OwnIntermediateSize, spec.HiddenSize, spec.Dtype)
            + PackedMatrix.BytesOf(spec.HiddenSize, spec.OwnIntermediateSize, spec.Dtype);
        var biases = ((long)spec.OwnExpertCount * 2 * spec.OwnIntermediateSize)
            + ((long)spec.ExpertCount * spec.HiddenSize);
        return (spec.OwnExpertCount * matrices) + (spec.HasBias ? biases * sizeof(float) : 0);
    }

    /// <summary>[2 * ffn of this rank, hidden]: gate, then up.</summary>
    public PackedMatrix GateUp(int expert) => _gateUp[Own(expert)];

    /// <summary>[hidden, ffn of this rank].</summary>
    public PackedMatrix Down(int expert) => _down[Own(expert)];

    /// <summary>[2 * ffn of this rank]; empty where there is none.</summary>
    public ReadOnlySpan<float> GateUpBias(int expert) => spec.HasBias ? GateUpBiasRoom(expert) : [];

    /// <summary>[hidden]; empty where there is none. Of any rank's expert.</summary>
    public ReadOnlySpan<float> DownBias(int expert) =>
        spec.HasBias ? _downBias.AsSpan(expert * spec.HiddenSize, spec.HiddenSize) : [];

    /// <summary>Takes over a gate: [ffn of this rank, hidden]; no rows of another rank's expert.</summary>
    public void FillGate(int expert, Tensor rows) => Fill(_gateUp, expert, firstOutput: 0, rows);

    /// <summary>Takes over an up projection: [ffn of this rank, hidden]; no rows of another rank's expert.</summary>
    public void FillUp(int expert, Tensor rows) => Fill(_gateUp, expert, spec.OwnIntermediateSize, rows);

    /// <summary>Takes over a down projection: [hidden, ffn of this rank]; no rows of another rank's expert.</summary>
    public void FillDown(int expert, Tensor rows) => Fill(_down, expert, firstOutput: 0, rows);

    /// <summary>Takes over a gate's bias: [ffn of this rank]; nothing of another rank's expert.</summary>
    public void FillGateBias(int expert, Tensor bias)
    {
        if (IsOwn(expert, bias))
            Copy(bias, GateUpBiasRoom(expert)[..spec.OwnIntermediateSize]);
    }

    /// <summary>Takes over an up projection's bias: [ffn of this rank]; nothing of another rank's expert.</summary>
    public void FillUpBias(int expert, Tensor bias)
    {
        if (IsOwn(expert, bias))
            Copy(bias, GateUpBiasRoom(expert)[spec.OwnIntermediateSize..]);
    }

    /// <summary>Takes over a down projection's bias, [hidden], of any rank's expert.</summary>
    public void FillDownBias(int expert, Tensor bias) =>
        Copy(bias, _downBias.AsSpan(expert * spec.HiddenSize, spec.HiddenSize));

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var matrix in _gateUp.Concat(_down))
            matrix.Dispose();
    }

    private static PackedMatrix[] Matrices(FusedMoeSpec spec, int outputCount, int inputCount) =>
    [
        .. Enumerable.Range(0, spec.OwnExpertCount)
            .Select(_ => new PackedMatrix(outputCount, inputCount, spec.Dtype, spec.Device)),
    ];

    private int Own(int expert)
    {
        Invariant.That(spec.Owns(expert), $"{spec.Prefix}: expert {expert} is another rank's");
        return expert - spec.FirstExpert;
    }

    private Span<float> GateUpBiasRoom(int expert) =>
        _gateUpBias.AsSpan(Own(expert) * 2 * spec.OwnIntermediateSize, 2 * spec.OwnIntermediateSize);

    private void Fill(PackedMatrix[] matrices, int expert, int firstOutput, Tensor rows)
    {
        if (IsOwn(expert, rows))
            matrices[Own(expert)].Fill(firstOutput, rows);
    }

    private bool IsOwn(int expert, Tensor values)
    {
        Invariant.That(
            spec.Owns(expert) || values.numel() == 0, $"{spec.Prefix}: values of expert {expert}, which is another rank's");
        return spec.Owns(expert);
    }

    private static void Copy(Tensor bias, Span<float> to)
    {
        Invariant.That(
            bias.shape.AsSpan().SequenceEqual([to.Length]),
            $"a bias of {to.Length} values, not [{string.Join(", ", bias.shape)}]");
        using var wide = bias.to_type(ScalarType.Float32); // [outputs]
        using var near = wide.contiguous(); // [outputs]
        new ReadOnlySpan<float>((float*)TensorMemory.Pointer(near), to.Length).CopyTo(to);
    }
}
