using Akka.Actor;

namespace Gaudi.Actors.Protocols;

/// <summary>A message that carries a handle, such as a table or a lane, and can never leave its process.</summary>
public interface ILocalMessage : INoSerializationVerificationNeeded;
