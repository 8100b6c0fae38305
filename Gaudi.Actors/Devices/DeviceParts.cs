using Akka.Actor;
using Gaudi.Actors.Settings;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Plugins;

namespace Gaudi.Actors.Devices;

/// <summary>What a device actor works with.</summary>
/// <param name="Identity">Who the worker is to its node.</param>
/// <param name="Settings">The process's settings.</param>
/// <param name="Registry">The process's op registry.</param>
/// <param name="Node">Where the handshake goes.</param>
/// <param name="Lanes">The process's way to its peers.</param>
/// <param name="FitModel">Asks the platform about a model before it is loaded; the product's is ModelFit. Called on the pinned
/// thread.</param>
/// <param name="LoadModel">Builds a runner; the product's is ModelLoader.Load. Called on the pinned thread.</param>
/// <param name="Leave">Ends the worker for this reason. Called once.</param>
public sealed record DeviceParts(
    WorkerIdentity Identity, GaudiSettings Settings, IActorRef Registry, ICanTell Node, ICollectiveFactory Lanes,
    Func<PluginLoad, ModelRunnerSettings, ICollective, ModelRunnerSettings> FitModel,
    Func<ModelRunnerSettings, ICard, OpTable, ICollective, IModelRunner> LoadModel, Action<string> Leave)
{
    /// <summary>The process's way to the blocks of ranks in other groups.</summary>
    public ITransferLaneFactory Transfers { get; init; } = new InProcessTransferLanes();

    /// <summary>Tells a rank's models from others; the product's reads their folders. Called on the pinned thread.</summary>
    public Func<ModelRunnerSettings, string> DigestModel { get; init; } = model => model.ModelFolder;
}
