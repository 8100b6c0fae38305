using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// A rank's weights of its experts, each kept by a linear method: gate and up in one, gate first. Biases are kept in
/// float32. Experts are named by their number over all ranks.
/// </summary>
/// <remarks>Owns its memory until disposed. One thread while it is filled, any afterwards.</remarks>
internal sealed unsafe class ExpertWeights(FusedMoeSpec spec) : IDisposable
{
    private readonly ILinearMethod[] _gateUp = Methods(spec, ExpertShares.GateUp);
    private readonly ILinearMethod[] _down = Methods(spec, ExpertShares.Down);

    // [own experts, 2 * ffn of this rank]
    private readonly float[] _gateUpBias =
        new float[spec.HasBias ? (long)spec.OwnExpertCount * 2 * spec.OwnIntermediateSize : 0];

    // [experts, hidden]: every rank adds all of it, after the ranks' sums.
    private readonly float[] _downBias = new float[spec.HasBias ? (long)spec.ExpertCount * spec.HiddenSize : 0];

    /// <summary>Bytes of a rank's weights, padding included.</summary>
    public long Bytes => All.Sum(method => method.WeightBytes) + (sizeof(float) * ((long)_gateUpBias.Length + _downBias.Length));

    private IEnumerable<ILinearMethod> All => _gateUp.Concat(_down);

    /// <summary>Bytes the greediest product needs beside the rows it reads and writes.</summary>
    /// <param name="rowCount">Rows of a product.</param>
    public long ScratchBytes(int rowCount) => All.Select(method => method.ScratchBytes(rowCount)).DefaultIfEmpty().Max();

    /// <summary>[2 * ffn of this rank, hidden]: gate, then up.</summary>
    public ILinearMethod GateUp(int expert) => _gateUp[Own(expert)];

    /// <summary>[hidden, ffn of this rank].</summary>
    public ILinearMethod Down(int expert) => _down[Own(expert)];

    /// <summary>
    /// What a rank reads of quantized experts, as their methods say. Tensors of other ranks' experts are among them with length 0, so
    /// that names and shapes of all are checked; none where experts are plain, which the layout reads.
    /// </summary>
    public IEnumerable<ExpertPiece> Pieces() => spec.Methods is null
        ? []
        : Enumerable.Range(0, spec.ExpertCount).SelectMany(expert =>
            PiecesOf(_gateUp, ExpertShares.GateUp, expert).Concat(PiecesOf(_down, ExpertShares.Down, expert)));

    /// <summary>[2 * ffn of this rank]; empty where there is none.</summary>
    public ReadOnlySpan<float> GateUpBias(int expert) => spec.HasBias ? GateUpBiasRoom(expert) : [];

    /// <summary>[hidden]; empty where there is none. Of any rank's expert.</summary>
    public ReadOnlySpan<float> DownBias(int expert) =>
        spec.HasBias ? _downBias.AsSpan(expert * spec.HiddenSize, spec.HiddenSize) : [];

    /// <summary>Takes over a gate: [ffn of this rank, hidden]; no rows of another rank's expert.</summary>
    public void FillGate(int expert, Tensor rows) => Fill(_gateUp, expert, slice: 0, rows);

    /// <summary>Takes over an up projection: [ffn of this rank, hidden]; no rows of another rank's expert.</summary>
    public void FillUp(int expert, Tensor rows) => Fill(_gateUp, expert, slice: 1, rows);

    /// <summary>Takes over a down projection: [hidden, ffn of this rank]; no rows of another rank's expert.</summary>
    public void FillDown(int expert, Tensor rows) => Fill(_down, expert, slice: 0, rows);

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
        foreach (var method in All)
            method.Dispose();
    }

    private static ILinearMethod[] Methods(FusedMoeSpec spec, Func<FusedMoeSpec, int, LinearShare> shareOf) =>
    [
        .. Enumerable.Range(spec.FirstExpert, spec.OwnExpertCount).Select(expert => Method(spec, shareOf(spec, expert))),
    ];

    private static ILinearMethod Method(FusedMoeSpec spec, LinearShare share) =>
        spec.Methods?.MethodOf(spec.Table!, share.Parts[0].Name, spec.Dtype, spec.Device, share)
        ?? new PlainLinearMethod(share, spec.Dtype, spec.Device);

    private IEnumerable<ExpertPiece> PiecesOf(
        ILinearMethod[] methods, Func<FusedMoeSpec, int, LinearShare> shareOf, int expert)
    {
        var isOwn = spec.Owns(expert);
        var own = methods[isOwn ? expert - spec.FirstExpert : 0];
        // All experts are stored alike: those of other ranks are this one's under their names.
        var names = shareOf(spec, isOwn ? expert : spec.FirstExpert).Parts.Zip(shareOf(spec, expert).Parts).ToArray();
        for (var slice = 0; slice < own.Slices.Length; slice++)
        {
            var (index, read) = (slice, own.Slices[slice]);
            var (mine, its) = names.First(pair => read.Name.StartsWith($"{pair.First.Name}.", StringComparison.Ordinal));
            var name = its.Name + read.Name[mine.Name.Length..];
            yield return new ExpertPiece(
                isOwn ? read : read with { Name = name, Dimension = 0, Start = 0, Length = read.Shape.IsEmpty ? 1 : 0 },
                (_, values) =>
                {
                    if (isOwn)
                        own.Load(index, values);
                });
        }
    }

    private int Own(int expert)
    {
        Invariant.That(spec.Owns(expert), $"{spec.Prefix}: expert {expert} is another rank's");
        return expert - spec.FirstExpert;
    }

    private Span<float> GateUpBiasRoom(int expert) =>
        _gateUpBias.AsSpan(Own(expert) * 2 * spec.OwnIntermediateSize, 2 * spec.OwnIntermediateSize);

    private void Fill(ILinearMethod[] methods, int expert, int slice, Tensor rows)
    {
        if (IsOwn(expert, rows))
            methods[Own(expert)].Load(slice, rows);
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
