using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Models.Decoding;

/// <summary>A tensor in codes.</summary>
/// <param name="Decoded">What the codes stand for, in float32.</param>
/// <param name="Parts">As a checkpoint stores them.</param>
internal sealed record QuantizedTensor(Tensor Decoded, params (string Name, Tensor Values)[] Parts);
