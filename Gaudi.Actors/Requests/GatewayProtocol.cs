using System.Threading.Channels;
using Gaudi.Actors.Protocols;

namespace Gaudi.Actors.Requests;

/// <summary>From the client to the gateway: run this choice and write what happens.</summary>
internal sealed record OpenRequest(GenerationRequest Request, ChannelWriter<GenerationEvent> Events) : ILocalMessage;

/// <summary>From the client to the gateway: nobody will fetch what is kept under this key.</summary>
internal sealed record ReleaseKept(string Model, string Key) : ILocalMessage;

/// <summary>From the client to the gateway: nobody reads any more.</summary>
/// <param name="RequestId">Which request.</param>
/// <param name="Choice">Which of its choices.</param>
/// <param name="Events">Whose reader: a refused double must not close the original.</param>
internal sealed record CloseRequest(string RequestId, int Choice, ChannelWriter<GenerationEvent> Events) : ILocalMessage;

/// <summary>
/// From a choice to the gateway: its replica refused it, and another might not. Answered by <see cref="RouteTo"/> or
/// <see cref="NoOtherRoute"/>.
/// </summary>
internal sealed record RouteRefused(string RequestId, int Choice, string ReplicaId) : ILocalMessage;

/// <summary>From a choice to the gateway: it has so many generated tokens now.</summary>
internal sealed record RouteProgressed(string RequestId, int Choice, int EmittedCount) : ILocalMessage;

/// <summary>From the gateway to a choice: go on at this replica.</summary>
/// <param name="ReplicaId">Which.</param>
/// <param name="IsLost">True where the one it was at does not serve any more: the choice was taken, and stays so.</param>
internal sealed record RouteTo(string ReplicaId, bool IsLost) : ILocalMessage;

/// <summary>From the gateway to a choice: no other replica serves that has not refused it.</summary>
internal sealed record NoOtherRoute : ILocalMessage;

/// <summary>To the gateway: a replica serves that was not seen serving before.</summary>
/// <param name="ReplicaId">Its id.</param>
/// <param name="IsOther">
/// True where another served under this id. The gateway tells its choices: this one does not know them.
/// </param>
internal sealed record ReplicaServes(string ReplicaId, bool IsOther) : ILocalMessage;
