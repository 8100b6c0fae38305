using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Quantization;

/// <summary>Experts of a compressed-tensors checkpoint in symmetric 4-bit codes.</summary>
/// <remarks>Source: vllm-gaudi, `hpu_compressed_tensors` (as of 2026-08): op modules 4.10.</remarks>
[OpName("CompressedTensorsWNA16MarlinMoEMethod", "compressed_tensors_wna16_moe")]
public class PackedIntFusedMoe(OpSpec spec) : FusedMoe(spec);
