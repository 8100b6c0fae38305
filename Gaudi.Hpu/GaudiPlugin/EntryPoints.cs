using Gaudi.Hpu.GaudiPlugin;
using Gaudi.Hpu.GaudiPlugin.Ops;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Plugins;

[assembly: PluginApiVersion(PluginApiVersionAttribute.Current)]
[assembly: EntryPoint(EntryPointGroups.Platform, "hpu", typeof(EntryPoints), nameof(EntryPoints.Register))]
[assembly: EntryPoint(EntryPointGroups.General, "hpu_custom_ops", typeof(EntryPoints), nameof(EntryPoints.RegisterOps))]

namespace Gaudi.Hpu.GaudiPlugin;

/// <summary>Where the runtime meets the Gaudi plugin. Nothing outside this folder names anything else in it.</summary>
public static class EntryPoints
{
    /// <summary>The platform entry point `hpu`.</summary>
    /// <returns>The platform's full class name; null, with the probe's reason, on a machine without a card.</returns>
    public static string? Register(PluginContext context)
    {
        if (context.Cards.Cards.IsEmpty)
            return context.Decline(context.Cards.Reason);
        HpuPlatform.SetTorchCompile(context);
        return typeof(HpuPlatform).FullName;
    }

    /// <summary>The general entry point `hpu_custom_ops`: every module stands alone.</summary>
    public static void RegisterOps(OpRegistration registration)
    {
        registration.Module(HpuLayernormModule.Name, HpuLayernormModule.Register);
        registration.Module(HpuRotaryEmbeddingModule.Name, HpuRotaryEmbeddingModule.Register);
        registration.Module(HpuRejectionSamplerModule.Name, HpuRejectionSamplerModule.Register);
        registration.Module(HpuMmEncoderAttentionModule.Name, HpuMmEncoderAttentionModule.Register);
        registration.Module(HpuFusedMoeModule.Name, HpuFusedMoeModule.Register);
        registration.Module(HpuGroupedTopkRouterModule.Name, HpuGroupedTopkRouterModule.Register);
        registration.Module(HpuMambaMixer2Module.Name, HpuMambaMixer2Module.Register);
        registration.Module(HpuCompressedTensorsModule.Name, HpuCompressedTensorsModule.Register);
        registration.Module(HpuFp8Module.Name, HpuFp8Module.Register);
        registration.Module(HpuGptqModule.Name, HpuGptqModule.Register);
        registration.Module(HpuAwqModule.Name, HpuAwqModule.Register);
        registration.Module(HpuLoraModule.Name, HpuLoraModule.Register);
        registration.Module(HpuNixlConnectorModule.Name, HpuNixlConnectorModule.Register);
    }
}
