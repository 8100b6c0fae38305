using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Plugins;
using SampleNorm;

[assembly: PluginApiVersion(PluginApiVersionAttribute.Current)]
[assembly: EntryPoint(
    EntryPointGroups.General, "sample_norm", typeof(EntryPoints), nameof(EntryPoints.RegisterOps),
        Replaces = "hpu_custom_ops")]

namespace SampleNorm;

/// <summary>
/// A third party's plugin: it declares that it takes over ops of `hpu_custom_ops`, and takes over one.
/// </summary>
public static class EntryPoints
{
    /// <summary>The general entry point `sample_norm`. Fails where a file `fail` lies beside this assembly.</summary>
    public static void RegisterOps(OpRegistration registration)
    {
        if (File.Exists(Path.Combine(Path.GetDirectoryName(typeof(EntryPoints).Assembly.Location)!, "fail")))
            throw new InvalidOperationException("told to fail");
        registration.Module("sample_layernorm", module => module.Replace<RmsNorm, SampleRmsNorm>());
    }
}
