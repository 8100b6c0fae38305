using Gaudi.Hpu.Ops;

namespace Gaudi.Hpu.Quantization;

/// <summary>Experts of a compressed-tensors checkpoint in float8.</summary>
/// <remarks>Source: vllm-gaudi, `hpu_compressed_tensors` (as of 2026-08): op modules 4.10.</remarks>
[OpName("CompressedTensorsW8A8Fp8MoEMethod", "compressed_tensors_w8a8_fp8_moe")]
public class CompressedFp8FusedMoe(OpSpec spec) : Fp8FusedMoe(spec);
