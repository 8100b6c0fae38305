namespace Gaudi.Hpu.Execution;

/// <summary>One token's natural logarithm of probability, from the raw logits.</summary>
public readonly record struct TokenLogprob(int TokenId, float Logprob);
