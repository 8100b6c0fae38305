using System.Collections.Immutable;
using Gaudi.Actors.Requests;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>`kv_transfer_params` of an answer: what the server that goes on with the prompt is to be sent.</summary>
internal sealed record KvTransferBody(
    bool DoRemotePrefill, bool DoRemoteDecode, string RemoteEngineId, ImmutableArray<int> RemoteBlockIds, string RemoteHost,
    int RemotePort, string RemoteRequestId)
{
    /// <summary>Null where nothing is kept.</summary>
    public static KvTransferBody? Of(KvTransferParams? kept) => kept?.Source is { } source
        ? new KvTransferBody(true, false, source.EngineId, kept.RemoteBlocks, source.Host, source.Port, source.Key)
        : null;
}
