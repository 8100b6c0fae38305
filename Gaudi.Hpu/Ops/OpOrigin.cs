namespace Gaudi.Hpu.Ops;

/// <summary>Who registers ops: an entry point, or the runtime itself.</summary>
/// <param name="EntryPoint">The entry point's name, such as `hpu_custom_ops`; `in-tree` for the runtime's own
/// ops.</param>
/// <param name="Value">`Assembly:Method`, for messages.</param>
/// <param name="Version">The version of the assembly.</param>
/// <param name="Replaces">The entry point whose registrations this one may take over; null when none.</param>
public sealed record OpOrigin(string EntryPoint, string Value, string Version, string? Replaces = null)
{
    /// <summary>The provider name of the ops that come with the runtime.</summary>
    public const string InTreeName = "in-tree";

    /// <summary>The runtime itself.</summary>
    public static OpOrigin InTree { get; } =
        new(InTreeName, InTreeName, typeof(OpOrigin).Assembly.GetName().Version?.ToString(3) ?? "0.0.0");
}
