namespace Gaudi.Hpu.Quantization;

/// <summary>A quantized checkpoint cannot be used. The message names the tensor, what was expected, what came.</summary>
public sealed class QuantizationException(string message) : Exception(message);
