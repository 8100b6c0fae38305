using System.Collections.Immutable;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// How a request's tokens are drawn. A draw is a pure function of (logits, these values, the tokens before it, choice,
/// position).
/// </summary>
/// <param name="Temperature">0 to 2; below 1e-5 is greedy. No unit.</param>
/// <param name="TopP">Over 0, at most 1; 1 keeps everything.</param>
/// <param name="TopK">-1 or 0 keeps everything.</param>
/// <param name="MinP">0 to 1, relative to the largest probability.</param>
/// <param name="Seed">Given by the client, or by the gateway when the client gave none.</param>
/// <param name="LogprobCount">How many alternatives to report beside the sampled token; null reports none.</param>
/// <remarks>Lists compare by reference: two parameters are equal only when they share them, or have none.</remarks>
public sealed record SamplingParameters(
    float Temperature, float TopP, int TopK, float MinP, long Seed, int? LogprobCount)
{
    /// <summary>Subtracted from the logit of every token generated at least once; -2 to 2, 0 is none.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Subtracted from a token's logit as often as it was generated; -2 to 2, 0 is none.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>
    /// Divides positive and multiplies negative logits of tokens in prompt or answer; over 0, 1 is none.
    /// </summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Tokens to generate before any of <see cref="EndTokenIds"/> may be drawn. Unit: tokens.</summary>
    public int TokensMin { get; init; }

    /// <summary>The stop tokens and the model's own ends, ascending: masked until <see cref="TokensMin"/>.</summary>
    public ImmutableArray<int> EndTokenIds { get; init; } = [];

    /// <summary>Added to logits, by ascending token id, each -100 to 100.</summary>
    public ImmutableArray<LogitBias> LogitBiases { get; init; } = [];

    /// <summary>The only tokens that may be drawn, ascending; null allows all. Never empty.</summary>
    public ImmutableArray<int>? AllowedTokenIds { get; init; }

    /// <summary>Token sequences that may not be completed: the last token is masked where the others precede it.</summary>
    public ImmutableArray<ImmutableArray<int>> BadWords { get; init; } = [];

    /// <summary>True when a draw depends on the tokens before it, so that a step must carry them.</summary>
    public bool NeedsHistory =>
        PresencePenalty != 0 || FrequencyPenalty != 0 || RepetitionPenalty != 1 || BadWords.Any(word => word.Length > 1);
}
