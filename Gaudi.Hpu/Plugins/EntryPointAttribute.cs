namespace Gaudi.Hpu.Plugins;

/// <summary>
/// Declares that an assembly extends the runtime. Read as metadata: nothing of the assembly runs before the entry point
/// is called. The method is public and static: `string? Register(PluginContext)` in the platform group,
/// `void RegisterOps(OpRegistration)` in the general group.
/// </summary>
/// <param name="group">One of <see cref="EntryPointGroups"/>.</param>
/// <param name="name">What `VLLM_PLUGINS`, <see cref="Replaces"/>, <see cref="After"/> and <see cref="Needs"/> call
/// it.</param>
/// <param name="type">The class that has the method.</param>
/// <param name="method">The method.</param>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class EntryPointAttribute(string group, string name, Type type, string method) : Attribute
{
    /// <summary>One of <see cref="EntryPointGroups"/>.</summary>
    public string Group { get; } = group;

    /// <summary>Unique in its group.</summary>
    public string Name { get; } = name;

    /// <summary>The class that has the method.</summary>
    public Type Type { get; } = type;

    /// <summary>The method.</summary>
    public string Method { get; } = method;

    /// <summary>The entry point whose ops this one takes over. It is called after it.</summary>
    public string? Replaces { get; set; }

    /// <summary>Entry points of the group that are called before this one, where they are loaded.</summary>
    public string[] After { get; set; } = [];

    /// <summary>General entry points that must have registered before this one is called.</summary>
    public string[] Needs { get; set; } = [];
}
