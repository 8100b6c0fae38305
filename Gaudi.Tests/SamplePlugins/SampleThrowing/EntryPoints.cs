using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Plugins;
using SampleThrowing;

[assembly: PluginApiVersion(PluginApiVersionAttribute.Current)]
[assembly: EntryPoint(
    EntryPointGroups.General, "sample_throws", typeof(EntryPoints), nameof(EntryPoints.RegisterOps),
        Replaces = "hpu_custom_ops")]

namespace SampleThrowing;

/// <summary>A broken plugin: it asks for an op and then throws. Nothing of it may stay.</summary>
public static class EntryPoints
{
    /// <summary>The general entry point `sample_throws`.</summary>
    /// <exception cref="InvalidOperationException">Always.</exception>
    public static void RegisterOps(OpRegistration registration)
    {
        registration.Module("sample_half_done", module => module.Replace<RmsNorm, ThrowingRmsNorm>());
        throw new InvalidOperationException("the sample's kernel library is missing");
    }
}
