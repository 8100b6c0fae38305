using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>Chooses the linear method of each layer of a quantized checkpoint.</summary>
/// <param name="config">What the checkpoint says of itself.</param>
/// <param name="find">What it has under a name; null for nothing. Decides where the configuration leaves it open.</param>
/// <param name="float8">How the card counts in float8.</param>
public sealed class LinearQuantization(QuantizationConfig config, Func<string, StoredTensor?> find, Fp8Rules float8)
    : ILinearMethodChoice
{
    /// <inheritdoc />
    /// <exception cref="QuantizationException">Some parts are quantized and some are not, or the layer does not split so.</exception>
    public ILinearMethod? MethodOf(OpTable table, string prefix, ScalarType dtype, Device device, LinearShare share)
    {
        var plain = share.Parts.Where(part => !config.Covers(part.Tensor, find)).ToArray();
        if (plain.Length == share.Parts.Length)
            return null;
        if (plain.Length > 0)
            throw new QuantizationException(
                $"{prefix}: expected all of {List(share.Parts)} quantized by {config.Method}, as one product reads them, or none; "
                + $"{List(plain)} is stored plainly");
        var problems = config.Problems(share, find).ToArray();
        if (problems.Length > 0)
            throw new QuantizationException(string.Join("; ", problems));
        return config.Create(new LinearBuild(table, prefix, dtype, device, share, find, float8));
    }

    /// <inheritdoc />
    /// <exception cref="QuantizationException">Some experts are quantized and some are not, or the scheme has none.</exception>
    public FusedMoe? ExpertsOf(OpTable table, FusedMoeSpec spec)
    {
        var layers = Enumerable.Range(0, spec.ExpertCount).SelectMany(expert => spec.Layout.LayersOf(spec, expert)).ToArray();
        var quantized = layers.Where(layer => config.Covers(layer, find)).ToArray();
        if (quantized.Length == 0)
            return null;
        if (quantized.Length < layers.Length)
            throw new QuantizationException(
                $"{spec.Prefix}: expected all experts quantized by {config.Method}, or none; "
                + $"{layers.Except(quantized).First()} is stored plainly");
        return config.CreateExperts(table, spec with { Methods = this, Table = table }, layers[0]);
    }

    private static string List(IEnumerable<LinearPart> parts) => string.Join(", ", parts.Select(part => part.Name));
}
