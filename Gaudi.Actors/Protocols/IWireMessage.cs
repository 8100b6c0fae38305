namespace Gaudi.Actors.Protocols;

/// <summary>A message that may cross a process. Each has one entry in the wire table and golden bytes in the tests.</summary>
public interface IWireMessage;
