using Gaudi.Hpu.Plugins;
using SamplePlatform;

[assembly: PluginApiVersion(PluginApiVersionAttribute.Current)]
[assembly: EntryPoint(EntryPointGroups.Platform, "sample", typeof(EntryPoints), nameof(EntryPoints.Register))]

namespace SamplePlatform;

/// <summary>A third party's platform. It always wants to run, so with cards for `hpu` there are two.</summary>
public static class EntryPoints
{
    /// <summary>The platform entry point `sample`.</summary>
    public static string? Register(PluginContext context)
    {
        if (context.ReadEnvironment("SAMPLE_PLATFORM") == "off")
            return context.Decline("SAMPLE_PLATFORM=off");
        context.SetEnvironment("SAMPLE_PLATFORM_ACTIVE", "1", "its kernels look for it");
        return "SamplePlatform.SampleHardware";
    }
}
