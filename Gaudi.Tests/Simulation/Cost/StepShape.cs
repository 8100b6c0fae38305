using System.Collections.Immutable;

namespace Gaudi.Tests.Simulation.Cost;

/// <summary>How much work one step is.</summary>
/// <param name="PromptTokens">Positions of prompts that are computed.</param>
/// <param name="DecodeTokens">Generated positions that are computed: one a sequence without drafts.</param>
/// <param name="DrawCount">Rows the head is computed for.</param>
/// <param name="ContextTokens">Positions read from the KV cache, summed over the step's sequences.</param>
/// <param name="AttentionPairs">Pairs of query and key that prompts attend over.</param>
internal readonly record struct StepShape(int PromptTokens, int DecodeTokens, int DrawCount, long ContextTokens, long AttentionPairs);
