using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>Chooses the linear method of each layer of a quantized checkpoint.</summary>
/// <param name="config">What the checkpoint says of itself.</param>
/// <param name="hasTensor">Whether it has a tensor of a name: decides where the configuration leaves it open.</param>
public sealed class LinearQuantization(QuantizationConfig config, Func<string, bool> hasTensor) : ILinearMethodChoice
{
    /// <inheritdoc />
    /// <exception cref="QuantizationException">Some parts are quantized and some are not, or the layer does not split so.</exception>
    public ILinearMethod? MethodOf(OpTable table, string prefix, ScalarType dtype, Device device, LinearShare share)
    {
        var plain = share.Parts.Where(part => !config.Covers(part.Tensor, hasTensor)).ToArray();
        if (plain.Length == share.Parts.Length)
            return null;
        if (plain.Length > 0)
            throw new QuantizationException(
                $"{prefix}: expected all of {List(share.Parts)} quantized by {config.Method}, as one product reads them, or none; "
                + $"{List(plain)} is stored plainly");
        var problems = config.Problems(share).ToArray();
        if (problems.Length > 0)
            throw new QuantizationException(string.Join("; ", problems));
        return config.Create(table, prefix, dtype, device, share, hasTensor);
    }

    private static string List(IEnumerable<LinearPart> parts) => string.Join(", ", parts.Select(part => part.Name));
}
