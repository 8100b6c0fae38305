namespace Gaudi.Hpu.Execution;

/// <summary>Asks for the log probability of the prompt token that follows each prompt row of a step.</summary>
/// <param name="AlternativeCount">Most likely tokens reported beside it.</param>
/// <param name="NextTokenId">The prompt token after the step's last one; null where that is the prompt's end.</param>
public sealed record PromptScoring(int AlternativeCount, int? NextTokenId);
