using Gaudi.Hpu.KvTransfer;
using Gaudi.Hpu.Ops;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>The module `hpu_nixl_connector`: the worker role of disaggregated serving.</summary>
public static class HpuNixlConnectorModule
{
    /// <summary>Its name in reports.</summary>
    public const string Name = "hpu_nixl_connector";

    /// <summary>Replaces NixlConnector.</summary>
    public static void Register(ModuleRegistration module) => module.Replace<NixlConnector, HpuNixlConnector>();
}
