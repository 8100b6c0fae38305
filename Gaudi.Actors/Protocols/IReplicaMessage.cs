namespace Gaudi.Actors.Protocols;

/// <summary>A message for a replica, wherever it lives now.</summary>
public interface IReplicaMessage : IWireMessage
{
    /// <summary>`{model}/{index}`.</summary>
    string ReplicaId { get; }
}
