using Akka.Actor;
using Gaudi.Actors.Protocols;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.KvTransfer;

namespace Gaudi.Actors.Ranks;

/// <summary>From the device actor to its rank: join this epoch.</summary>
/// <param name="Prepare">What was asked.</param>
/// <param name="Abort">Cancelled by the device actor when the epoch ends while the rank connects.</param>
internal sealed record JoinEpoch(PrepareRank Prepare, CancellationToken Abort) : ILocalMessage;

/// <summary>From the device actor to its rank: the answer to this may have been lost, so it is told again.</summary>
internal sealed record AnswerAgain(PrepareRank Prepare) : ILocalMessage;

/// <summary>From the device actor to its rank: leave the group and give weights, blocks and lane back.</summary>
internal sealed record LeaveGroup : ILocalMessage;

/// <summary>From the rank to its device actor: the lane is up, and this is the handle to abort it by.</summary>
internal sealed record LaneOpened(PrepareRank Of, ICollective Lane) : ILocalMessage;

/// <summary>From the rank to its device actor: the slice is loaded.</summary>
internal sealed record SliceLoaded(PrepareRank Of, ModelRunnerFacts Facts) : ILocalMessage;

/// <summary>From the rank to its device actor: the epoch ended here.</summary>
/// <param name="Of">Which.</param>
/// <param name="Reason">Why.</param>
/// <param name="IsPeerLost">True when a connection of its lane broke.</param>
internal sealed record EpochEnded(PrepareRank Of, string Reason, bool IsPeerLost = false) : ILocalMessage;

/// <summary>From the rank's transfer lane to the rank: there may be news.</summary>
internal sealed record TransfersWoke : ILocalMessage;

/// <summary>Gives a rank's blocks to its KV connector.</summary>
/// <param name="settings">What was loaded; names the connector.</param>
/// <param name="runner">Whose blocks.</param>
/// <param name="lane">The group's lane.</param>
/// <param name="wake">Called, on any thread, when there may be news.</param>
internal delegate KvConnector ConnectorFactory(ModelRunnerSettings settings, IModelRunner runner, ICollective lane, Action wake);

/// <summary>Builds a rank's runner; the product's is ModelLoader.Load.</summary>
/// <param name="settings">What to load.</param>
/// <param name="lane">The group's lane in its first epoch.</param>
internal delegate IModelRunner RunnerFactory(ModelRunnerSettings settings, ICollective lane);
