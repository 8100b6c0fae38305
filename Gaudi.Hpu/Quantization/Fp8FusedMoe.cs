using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Quantization;

/// <summary>Experts of a checkpoint of `quant_method` fp8: what goes into each product is rounded to float8, too.</summary>
/// <remarks>Source: vllm-gaudi, `hpu_fp8` (as of 2026-08): op modules 4.11.</remarks>
[OpName("Fp8MoEMethod", "fp8_moe_method")]
public class Fp8FusedMoe(OpSpec spec) : FusedMoe(spec);
