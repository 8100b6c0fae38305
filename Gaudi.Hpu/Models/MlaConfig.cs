namespace Gaudi.Hpu.Models;

/// <summary>What config.json says of multi-head latent attention.</summary>
/// <param name="QueryRank">`q_lora_rank`; null where queries are projected in one step.</param>
/// <param name="KvRank">`kv_lora_rank`.</param>
/// <param name="NopeDim">`qk_nope_head_dim`.</param>
/// <param name="RopeDim">`qk_rope_head_dim`.</param>
/// <param name="ValueDim">`v_head_dim`.</param>
public sealed record MlaConfig(int? QueryRank, int KvRank, int NopeDim, int RopeDim, int ValueDim);
