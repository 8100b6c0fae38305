using Akka.Actor;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Registry;
using Gaudi.Actors.Settings;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.KvTransfer;
using Gaudi.Hpu.Platforms;
using Gaudi.Hpu.Plugins;

namespace Gaudi.Actors.Hosting;

/// <summary>Creates the actors of a worker process: its op registry and its card.</summary>
public static class WorkerRoot
{
    /// <summary>Starts them; the handshake with the node begins by itself.</summary>
    /// <param name="system">The worker's actor system.</param>
    /// <param name="identity">Who it is to its node.</param>
    /// <param name="settings">The process's settings.</param>
    /// <param name="host">The process's plugins; nothing has been loaded yet.</param>
    /// <param name="lanes">The process's way to its peers.</param>
    /// <param name="transfers">The process's way to the blocks of ranks in other groups.</param>
    /// <param name="node">Where the handshake goes.</param>
    /// <param name="log">Told in lines what the platform chooses for each model that is loaded.</param>
    /// <param name="leave">Ends the process for this reason.</param>
    /// <returns>The device actor.</returns>
    public static IActorRef Start(
        ActorSystem system, WorkerIdentity identity, GaudiSettings settings, PluginHost host, ICollectiveFactory lanes,
        ITransferLaneFactory transfers, ICanTell node, Action<string> log, Action<string> leave)
    {
        var registry = system.ActorOf(Props.Create(() => new OpRegistryActor(host)), "ops");
        var parts = new DeviceParts(identity, settings, registry, node, lanes, Fit, ModelLoader.Load, leave)
        {
            Transfers = transfers, DigestModel = ModelDigest.Of,
        };
        return system.ActorOf(Props.Create(() => new DeviceActor(parts)), "device");

        ModelRunnerSettings Fit(PluginLoad load, ModelRunnerSettings model, ICollective lane)
        {
            var fit = ModelFit.Of(load.ActivePlatform, settings.ForPlatform(), model, lane);
            foreach (var line in fit.Lines)
                log(line);
            return fit.Settings;
        }
    }
}
