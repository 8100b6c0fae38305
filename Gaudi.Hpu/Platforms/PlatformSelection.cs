using System.Collections.Immutable;

namespace Gaudi.Hpu.Platforms;

/// <summary>Which of the platforms that want to run does. Pure (rules R26-R30, R32).</summary>
/// <param name="Winner">Its index among the contenders; null when there is none.</param>
/// <param name="Message">What to say about it; the error when <paramref name="IsError"/>.</param>
/// <param name="IsError">The choice failed: the worker must not start.</param>
public sealed record PlatformSelection(int? Winner, string Message, bool IsError)
{
    /// <summary>Chooses: the one the user named; else the only plugin; else the only built-in.</summary>
    /// <param name="contenders">Every candidate, in order. Told apart by index, so that names may clash (rule
    /// R32).</param>
    /// <param name="requested">The platform the user named; null when none.</param>
    public static PlatformSelection Of(IReadOnlyList<PlatformContender> contenders, string? requested)
    {
        if (requested is not null)
            return Requested(contenders, requested);
        var plugins = Active(contenders, isBuiltIn: false);
        var builtIns = Active(contenders, isBuiltIn: true);
        var best = plugins.Length > 0 ? plugins : builtIns;
        if (best.Length > 1)
        {
            var names = string.Join(", ", best.Select(i => $"{contenders[i].Name} ({contenders[i].Origin})"));
            return new PlatformSelection(null,
                $"Only one platform plugin can be activated, but got: [{names}]; " +
                "name one with gaudi.plugins.platform, or leave the others out of VLLM_PLUGINS", IsError: true);
        }
        if (best is not [var winner])
        {
            return new PlatformSelection(null,
                "No platform detected: failed to infer the device type; " + Candidates(contenders), IsError: true);
        }
        return new PlatformSelection(winner, contenders[winner].IsBuiltIn
            ? $"Automatically detected platform {contenders[winner].Name}."
            : $"Platform plugin {contenders[winner].Name} is activated", IsError: false);
    }

    private static PlatformSelection Requested(IReadOnlyList<PlatformContender> contenders, string requested)
    {
        var named = Active(contenders, isBuiltIn: false).Concat(Active(contenders, isBuiltIn: true))
            .Where(i => contenders[i].Name == requested).ToArray();
        return named switch
        {
            [] => new PlatformSelection(null,
                $"platform {requested} was asked for and cannot run; {Candidates(contenders)}", IsError: true),
            [var first, var second, ..] when !contenders[second].IsBuiltIn => new PlatformSelection(null,
                $"platform {requested} was asked for, but {contenders[first].Origin} and {contenders[second].Origin} " +
                "are both called that; remove one", IsError: true),
            [var winner, ..] =>
                new PlatformSelection(winner, $"Platform {requested} is activated, as asked", IsError: false),
        };
    }

    private static ImmutableArray<int> Active(IReadOnlyList<PlatformContender> contenders, bool isBuiltIn) =>
    [
        .. Enumerable.Range(0, contenders.Count)
            .Where(i => contenders[i].IsActive && contenders[i].IsBuiltIn == isBuiltIn),
    ];

    private static string Candidates(IReadOnlyList<PlatformContender> contenders) => contenders.Count == 0
        ? "there is no candidate"
        : "candidates: " + string.Join("; ", contenders.Select(c => $"{c.Name} ({c.Origin}) {c.Outcome}: {c.Reason}"));
}
