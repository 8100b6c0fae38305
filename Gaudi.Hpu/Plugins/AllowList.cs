using System.Collections.Immutable;

namespace Gaudi.Hpu.Plugins;

/// <summary>The names in `VLLM_PLUGINS`: one flat list for all groups (rules R3-R8).</summary>
/// <param name="Names">As split; null when the variable is unset, which allows everything.</param>
public sealed record AllowList(ImmutableArray<string>? Names)
{
    /// <summary>The variable.</summary>
    public const string Variable = "VLLM_PLUGINS";

    /// <summary>Reads the variable.</summary>
    /// <param name="value">Null when unset. Empty is a list that matches nothing (rule R5).</param>
    /// <param name="trim">Whether blanks around names are dropped. Upstream keeps them (rule R4, gap G7).</param>
    public static AllowList Parse(string? value, bool trim) => new(
        value?.Split(',').Select(n => trim ? n.Trim() : n).ToImmutableArray());

    /// <summary>Whether an entry point of this name is loaded: exact and case-sensitive (rule R7).</summary>
    public bool Allows(string name) => Names is not { } names || names.Contains(name);

    /// <summary>What the user probably did not mean (rules R6, R8; gaps G1, G6). One sentence each.</summary>
    public ImmutableArray<string> Warnings(IReadOnlyList<DiscoveredPlugin> found)
    {
        if (Names is not { } names)
            return [];
        var warnings = ImmutableArray.CreateBuilder<string>();
        foreach (var name in names.Distinct().Where(n => n.Length > 0 && found.All(p => p.Name != n)))
        {
            var near = found.FirstOrDefault(p =>
                string.Equals(p.Name, name.Trim(), StringComparison.OrdinalIgnoreCase));
            warnings.Add($"{Variable} names \"{name}\", which no plugin is called; " + (near is null
                ? $"found: {(found.Count == 0 ? "none" : string.Join(", ", found.Select(p => p.Name).Distinct()))}"
                : $"write {near.Name}, exactly and without blanks"));
        }
        var platforms = found.Where(p => p.Group == EntryPointGroups.Platform).Select(p => p.Name).Distinct().ToArray();
        if (platforms.Length > 0 && !platforms.Any(Allows))
        {
            warnings.Add($"{Variable} leaves no platform plugin ({string.Join(", ", platforms)}): " +
                "it counts for every group, so name the platform too");
        }
        return warnings.ToImmutable();
    }
}
