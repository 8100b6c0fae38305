namespace Gaudi.Actors.Text;

/// <summary>Reads the prefix scheme of a `Metaspace` section.</summary>
internal static class PrefixSchemes
{
    /// <summary>
    /// `prepend_scheme` when it is there; otherwise the older `add_prefix_space`, which is true when absent.
    /// </summary>
    public static PrefixScheme Read(JsonSection section)
    {
        var scheme = section["prepend_scheme"];
        return scheme.TextOrNull() switch
        {
            "always" => PrefixScheme.Always,
            "first" => PrefixScheme.First,
            "never" => PrefixScheme.Never,
            null => section["add_prefix_space"].Flag(absent: true) ? PrefixScheme.Always : PrefixScheme.Never,
            _ => throw scheme.Wrong("always, first or never"),
        };
    }
}
