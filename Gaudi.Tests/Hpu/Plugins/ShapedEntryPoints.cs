using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Plugins;

namespace Gaudi.Tests.Hpu.Plugins;

/// <summary>Methods of the shapes the two groups ask for, and of one that neither does.</summary>
public static class ShapedEntryPoints
{
    public static string? Register(PluginContext context) => context.Decline("test");

    public static void RegisterOps(OpRegistration registration) => registration.Module("empty", _ => { });

    public static int RegisterWrong(PluginContext context) => context.Name.Length;
}
