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
