using System.Collections.Immutable;

namespace Gaudi.Hpu.Ops;

/// <summary>
/// The `custom_ops` list: one base mode, `all` or `none`, and names with `+` or `-` (rules R56-R58). A replaced op is
/// switched by its class name ("-RMSNorm"), an in-tree one by its config name ("-rms_norm") (rule R60).
/// </summary>
public sealed class CustomOpSwitches
{
    private readonly ImmutableHashSet<string> _names;
    private readonly ImmutableHashSet<string> _disabled;

    private CustomOpSwitches(ImmutableHashSet<string> names, ImmutableHashSet<string> disabled, bool defaultOn)
    {
        _names = names;
        _disabled = disabled;
        DefaultOn = defaultOn;
    }

    /// <summary>Every op runs its platform's forward.</summary>
    public static CustomOpSwitches All { get; } = Parse(["all"]);

    /// <summary>What holds for an op that is not named (rule R58).</summary>
    public bool DefaultOn { get; }

    /// <summary>
    /// Reads the list. A base mode is added first where the configuration has none: <see cref="WithBaseMode"/>.
    /// </summary>
    /// <param name="customOps">The list.</param>
    /// <param name="disabledOps">More ops to switch off, by the report's name or the one they are switched by.</param>
    /// <exception cref="OpConfigurationException">Not exactly one base mode, or a name both on and off.</exception>
    public static CustomOpSwitches Parse(IEnumerable<string> customOps, IEnumerable<string>? disabledOps = null)
    {
        var disabled = (disabledOps ?? []).ToImmutableHashSet(StringComparer.Ordinal);
        var names = customOps.ToImmutableHashSet(StringComparer.Ordinal);
        if (names.Contains("all") == names.Contains("none"))
        {
            throw new OpConfigurationException(
                "custom_ops must contain exactly one base mode: 'all' or 'none'; " +
                $"it is [{string.Join(", ", names.Order(StringComparer.Ordinal))}]");
        }
        var unknown = names.Where(n => n is not ("all" or "none") && !(n.Length > 1 && n[0] is '+' or '-'))
            .Order(StringComparer.Ordinal).ToArray();
        if (unknown.Length > 0)
        {
            throw new OpConfigurationException(
                $"custom_ops has {string.Join(", ", unknown)}; an entry is 'all', 'none', '+name' or '-name'");
        }
        var both = names.Where(n => n[0] == '+' && (names.Contains('-' + n[1..]) || disabled.Contains(n[1..])))
            .Order(StringComparer.Ordinal).ToArray();
        if (both.Length > 0)
        {
            throw new OpConfigurationException(
                "custom_ops cannot both enable and disable the same operation: " +
                string.Join(", ", both.Select(n => n[1..])));
        }
        return new CustomOpSwitches(names, disabled, names.Contains("all"));
    }

    /// <summary>Adds the base mode an eager platform runs with where none is given (rule R59).</summary>
    public static ImmutableArray<string> WithBaseMode(IReadOnlyList<string> customOps) =>
        customOps.Contains("all") || customOps.Contains("none") ? [.. customOps] : ["all", .. customOps];

    /// <summary>Whether an op runs its platform's forward (rule R56).</summary>
    /// <param name="name">The name it is switched by; null for a class that was never registered.</param>
    /// <param name="key">Its registry key, where it may be switched off by that; null when it has none.</param>
    public bool IsEnabled(string? name, string? key = null)
    {
        if (key is not null && _disabled.Contains(key))
            return false;
        if (name is null)
            return DefaultOn;
        return (DefaultOn || _names.Contains('+' + name)) && !_names.Contains('-' + name) && !_disabled.Contains(name);
    }

    /// <summary>The names of `+` and `-` entries, sorted; for the diagnosis of names that match nothing.</summary>
    internal ImmutableArray<string> Named =>
        [.. _names.Where(n => n[0] is '+' or '-').Select(n => n[1..]).Order(StringComparer.Ordinal)];

    /// <summary>The names switched off beside the list, sorted.</summary>
    internal ImmutableArray<string> Disabled => [.. _disabled.Order(StringComparer.Ordinal)];
}
