namespace Gaudi.Hpu.Execution;

/// <summary>What is added to one token's logit.</summary>
/// <param name="TokenId">The token.</param>
/// <param name="Bias">-100 to 100. No unit.</param>
public readonly record struct LogitBias(int TokenId, float Bias);
