using System.Collections.Immutable;

namespace Gaudi.Hpu.Models;

/// <summary>What a family's config.json means where it is silent.</summary>
/// <remarks>Source: huggingface/transformers, configuration_*.py of the family (commit 008e574, read 2026-11).</remarks>
internal sealed record FamilyDefaults
{
    /// <summary>The field with the number of heads: attention's, or a mixer's in a model without attention.</summary>
    public string HeadCountField { get; init; } = "num_attention_heads";

    /// <summary>The field with the width of feed-forward parts; null in a model without them.</summary>
    public string? IntermediateField { get; init; } = "intermediate_size";

    /// <summary>The field with the norms' epsilon.</summary>
    public string EpsilonField { get; init; } = "rms_norm_eps";

    /// <summary>`max_position_embeddings`.</summary>
    public int MaxPositions { get; init; } = 32768;

    /// <summary>Whether `max_position_embeddings` already is what rotary scaling reaches.</summary>
    public bool IncludesScaling { get; init; }

    /// <summary>`num_key_value_heads` where it is absent; null means as many as query heads, as an explicit null does.</summary>
    public int? KvHeadCount { get; init; }

    /// <summary>`head_dim` where it is absent; null means hidden size over heads, as an explicit null does.</summary>
    public int? HeadDim { get; init; }

    /// <summary>`rms_norm_eps`.</summary>
    public double RmsNormEps { get; init; } = 1e-6;

    /// <summary>`rope_theta`.</summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>`attention_bias`.</summary>
    public bool HasAttentionBias { get; init; }

    /// <summary>`tie_word_embeddings`.</summary>
    public bool TiesWordEmbeddings { get; init; }

    /// <summary>`bos_token_id`; null for none.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>`eos_token_id`; null for none.</summary>
    public int? EosTokenId { get; init; }

    /// <summary>The fields that may name the activation, the deciding one first.</summary>
    public ImmutableArray<string> ActivationFields { get; init; } = ["hidden_act"];

    /// <summary>The names of the activation that the family is built with.</summary>
    public ImmutableArray<string> Activations { get; init; } = ["silu"];
}
