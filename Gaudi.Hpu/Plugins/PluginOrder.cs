using System.Collections.Immutable;

namespace Gaudi.Hpu.Plugins;

/// <summary>
/// The order entry points of one group are called in: as discovered, unless one declares that another comes first
/// (gap G3). Pure.
/// </summary>
/// <param name="Plugins">Those that can be ordered.</param>
/// <param name="Cycles">Those that cannot, each with the circle it is in or waits for.</param>
public sealed record PluginOrder(
    ImmutableArray<DiscoveredPlugin> Plugins, ImmutableArray<(DiscoveredPlugin Plugin, string Reason)> Cycles)
{
    /// <summary>Orders a group. Names that are not in it are ignored.</summary>
    public static PluginOrder Of(IReadOnlyList<DiscoveredPlugin> group)
    {
        var waiting = group.ToList();
        var ordered = ImmutableArray.CreateBuilder<DiscoveredPlugin>();
        while (waiting.Find(p => !Predecessors(p).Any(before => waiting.Exists(w => w.Name == before))) is { } next)
        {
            ordered.Add(next);
            waiting.Remove(next);
        }
        return new PluginOrder(ordered.ToImmutable(),
            [.. waiting.Select(p => (p, $"its order goes in a circle: {Circle(p, waiting)}"))]);
    }

    private static IEnumerable<string> Predecessors(DiscoveredPlugin plugin)
    {
        var declared = plugin.After.Concat(plugin.Needs);
        return plugin.Replaces is null ? declared : declared.Append(plugin.Replaces);
    }

    private static string Circle(DiscoveredPlugin start, List<DiscoveredPlugin> waiting)
    {
        var path = new List<string> { start.Name };
        for (var at = start; ;)
        {
            at = waiting.Find(w => Predecessors(at).Contains(w.Name))!;
            path.Add(at.Name);
            if (path.IndexOf(at.Name) < path.Count - 1)
                return string.Join(" after ", path);
        }
    }
}
