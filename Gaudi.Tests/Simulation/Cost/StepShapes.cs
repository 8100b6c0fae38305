using Gaudi.Hpu.Execution;

namespace Gaudi.Tests.Simulation.Cost;

/// <summary>How much work a plan is. Pure.</summary>
internal static class StepShapes
{
    /// <summary>Counts it.</summary>
    internal static StepShape Of(StepPlan plan)
    {
        var (prompt, decode, draws) = (0, 0, 0);
        var (context, pairs) = (0L, 0L);
        foreach (var step in plan.Sequences)
        {
            var count = step.TokenIds.Length;
            var ofPrompt = Math.Clamp(step.PromptTokenCount - step.FirstPosition, 0, count);
            prompt += ofPrompt;
            decode += count - ofPrompt;
            draws += step.Sampling is null ? 0 : 1;
            context += step.FirstPosition + count;
            // Query i of the part sees everything up to itself.
            pairs += ofPrompt * (long)step.FirstPosition + ofPrompt * (ofPrompt + 1L) / 2;
        }
        return new StepShape(prompt, decode, draws, context, pairs);
    }
}
