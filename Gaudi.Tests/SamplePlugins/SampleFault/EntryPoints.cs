using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Plugins;
using SampleFault;

[assembly: PluginApiVersion(PluginApiVersionAttribute.Current)]
[assembly: EntryPoint(
    EntryPointGroups.General, "sample_fault", typeof(EntryPoints), nameof(EntryPoints.RegisterOps),
        Replaces = "hpu_custom_ops")]

namespace SampleFault;

/// <summary>A plugin that works until a file tells it to fail: see <see cref="FaultOrder"/>.</summary>
public static class EntryPoints
{
    /// <summary>The general entry point `sample_fault`.</summary>
    /// <exception cref="InvalidOperationException">It was told to throw here.</exception>
    public static void RegisterOps(OpRegistration registration)
    {
        registration.Module("sample_fault", module => module.Replace<RmsNorm, FaultyRmsNorm>());
        if (FaultOrder.Take("register-throw"))
            throw new InvalidOperationException("sample_fault was told to throw in its registration");
    }
}
