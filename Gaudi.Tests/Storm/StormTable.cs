using static System.FormattableString;

namespace Gaudi.Tests.Storm;

/// <summary>A verdict as text for people. Pure.</summary>
internal static class StormTable
{
    private const int ViolationsShown = 40;

    /// <summary>One line a class, then the counts, then what is wrong.</summary>
    internal static IEnumerable<string> Of(StormVerdict verdict)
    {
        yield return $"{"class",-12} {"faults",6} {"gap median",12} {"gap worst",12} {"healed median",14} {"healed worst",13}";
        foreach (var one in verdict.Faults.GroupBy(fault => fault.Class).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var gaps = one.Select(fault => fault.GapMs).Order().ToArray();
            var healed = one.Select(fault => fault.HealedMs).OfType<double>().Order().DefaultIfEmpty().ToArray();
            yield return $"{one.Key,-12} {gaps.Length,6} {Ms(Median(gaps)),12} {Ms(gaps[^1]),12} {Ms(Median(healed)),14} {Ms(healed[^1]),13}";
        }
        yield return $"{verdict.RequestCount} requests, {verdict.TokenCount} tokens, {verdict.RefusedRequestCount} requests refused "
            + $"({verdict.RefusalCount} answers), {verdict.Violations.Count} violations";
        foreach (var violation in verdict.Violations.Take(ViolationsShown))
            yield return $"violation: {violation}";
        if (verdict.Violations.Count > ViolationsShown)
            yield return $"and {verdict.Violations.Count - ViolationsShown} more";
    }

    private static double Median(double[] ordered) => ordered.Length == 0 ? 0 : (ordered[(ordered.Length - 1) / 2] + ordered[ordered.Length / 2]) / 2;

    private static string Ms(double milliseconds) => Invariant($"{milliseconds / 1000:F2} s");
}
