using Gaudi.Hpu.Ops;

namespace Gaudi.Hpu.Quantization;

/// <summary>
/// A weight as compressed-tensors keeps it for W8A8 in float8: `weight` [outputs, inputs] in float8 e4m3; `weight_scale`, a single
/// one, one for each output, or one for each block; `input_scale` where activations are scaled statically.
/// </summary>
/// <remarks>Source: vllm-project/compressed-tensors, `float-quantized`; op modules 4.9 and 4.10.</remarks>
[OpName("CompressedTensorsW8A8Fp8", "compressed_tensors_w8a8_fp8")]
public class CompressedFp8LinearMethod(OpSpec spec) : Fp8LinearMethod(spec);
