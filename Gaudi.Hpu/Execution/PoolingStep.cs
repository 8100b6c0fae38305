using System.Collections.Immutable;

namespace Gaudi.Hpu.Execution;

/// <summary>Asks for the vector of a prompt, as far as a step's tokens lead.</summary>
/// <param name="Mode">How hidden states become one.</param>
/// <param name="Sum">[hidden]: of the tokens before the step's; empty where there are none. Not used for the last token.</param>
public sealed record PoolingStep(PoolingMode Mode, ImmutableArray<float> Sum);
