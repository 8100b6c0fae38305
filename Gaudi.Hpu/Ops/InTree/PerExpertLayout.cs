using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// Three linear layers for each expert: `{prefix}.experts.{e}.{name}.weight`, [outputs, inputs], and `.bias` where there
/// is one.
/// </summary>
/// <param name="GateName">Of the layer whose outputs are activated.</param>
/// <param name="UpName">Of the layer they are multiplied by.</param>
/// <param name="DownName">Of the layer back to the hidden size.</param>
public sealed record PerExpertLayout(string GateName, string UpName, string DownName) : ExpertLayout
{
    /// <summary>w1, w3 and w2.</summary>
    public static PerExpertLayout Mixtral { get; } = new("w1", "w3", "w2");

    /// <summary>gate_proj, up_proj and down_proj: Qwen, DeepSeek and most others.</summary>
    public static PerExpertLayout Projections { get; } = new("gate_proj", "up_proj", "down_proj");

    /// <inheritdoc />
    public override ImmutableArray<string> LayersOf(FusedMoeSpec spec, int expert)
    {
        var prefix = $"{spec.Prefix}.experts.{expert}";
        return [$"{prefix}.{GateName}", $"{prefix}.{UpName}", $"{prefix}.{DownName}"];
    }

    internal override IEnumerable<ExpertPiece> Pieces(FusedMoeSpec spec) =>
        Enumerable.Range(0, spec.ExpertCount).SelectMany(expert => PiecesOf(spec, expert));

    private IEnumerable<ExpertPiece> PiecesOf(FusedMoeSpec spec, int expert)
    {
        var name = $"{spec.Prefix}.experts.{expert}";
        var hidden = spec.HiddenSize;
        var inner = spec.IntermediateSize;
        ExpertPiece Piece(string end, long[] shape, int? dimension, Action<ExpertWeights, Tensor> place) =>
            new(SliceOf(spec, expert, $"{name}.{end}", shape, dimension), place);
        if (spec.Methods is null)
        {
            yield return Piece($"{GateName}.weight", [inner, hidden], 0, (own, rows) => own.FillGate(expert, rows));
            yield return Piece($"{UpName}.weight", [inner, hidden], 0, (own, rows) => own.FillUp(expert, rows));
            yield return Piece($"{DownName}.weight", [hidden, inner], 1, (own, rows) => own.FillDown(expert, rows));
        }
        if (!spec.HasBias)
            yield break;
        yield return Piece($"{GateName}.bias", [inner], 0, (own, bias) => own.FillGateBias(expert, bias));
        yield return Piece($"{UpName}.bias", [inner], 0, (own, bias) => own.FillUpBias(expert, bias));
        yield return Piece($"{DownName}.bias", [hidden], null, (own, bias) => own.FillDownBias(expert, bias));
    }

    // The down bias, which has no dimension to split, is whole on every rank, whoever owns the expert.
    private static WeightSlice SliceOf(FusedMoeSpec spec, int expert, string name, long[] shape, int? dimension) =>
        dimension is { } split ? ShareOf(spec, expert, name, shape, split) : WeightSlice.Whole(name, [.. shape]);
}
