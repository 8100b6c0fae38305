using System.Collections.Immutable;

namespace Gaudi.Tests.Simulation.Faults;

/// <summary>
/// Makes a failing plan as short as it can: takes out halves, quarters, then single faults as long as it still fails. Pure.
/// </summary>
internal static class Minimiser
{
    /// <summary>Minimises a plan.</summary>
    /// <param name="plan">It fails.</param>
    /// <param name="fails">Whether another plan fails alike.</param>
    /// <param name="triesMax">Most plans tried.</param>
    /// <returns>A plan that fails, of which no single fault can be left out unless the tries ran out.</returns>
    internal static ImmutableArray<Fault> Minimise(ImmutableArray<Fault> plan, Func<ImmutableArray<Fault>, bool> fails, int triesMax)
    {
        var tries = 0;
        var part = Math.Max(1, plan.Length / 2);
        while (plan.Length > 0 && tries < triesMax)
        {
            var isShorter = false;
            for (var start = 0; start < plan.Length && tries < triesMax;)
            {
                var without = plan.RemoveRange(start, Math.Min(part, plan.Length - start));
                tries++;
                if (fails(without))
                    (plan, isShorter) = (without, true);
                else
                    start += part;
            }
            if (part == 1 && !isShorter)
                break;
            part = Math.Max(1, part / 2);
        }
        return plan;
    }
}
