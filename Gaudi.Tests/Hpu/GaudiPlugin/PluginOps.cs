using Gaudi.Hpu.GaudiPlugin.Ops;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Xunit;

namespace Gaudi.Tests.Hpu.GaudiPlugin;

/// <summary>A table in which the plugin's modules have replaced the in-tree ops, on the plugin's platform.</summary>
internal static class PluginOps
{
    public static OpTable Table()
    {
        var registry = new OpRegistry(OpRegistry.OpsOf(typeof(RmsNorm).Assembly), OpDispatch.OutOfTree);
        var registration = new OpRegistration(new OpOrigin("hpu_custom_ops", "Gaudi.Hpu:RegisterOps", "0.1.0"));
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
        Assert.Empty(registration.Failures);
        registry.Apply(registration);
        return registry.Seal();
    }
}
