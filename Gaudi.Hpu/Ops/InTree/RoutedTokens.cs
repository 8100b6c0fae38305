using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Which experts each token goes to, and how much each of them counts.</summary>
/// <param name="Weights">[tokens, k], float32.</param>
/// <param name="Ids">[tokens, k], int64, each an expert from 0; no expert twice in a row.</param>
/// <remarks>Whoever receives it disposes both tensors.</remarks>
public readonly record struct RoutedTokens(Tensor Weights, Tensor Ids) : IDisposable
{
    /// <inheritdoc />
    public void Dispose()
    {
        Weights.Dispose();
        Ids.Dispose();
    }
}
