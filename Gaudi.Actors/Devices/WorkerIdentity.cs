namespace Gaudi.Actors.Devices;

/// <summary>Who a worker is to its node.</summary>
/// <param name="CardIndex">On its node, from 0.</param>
/// <param name="Incarnation">Which start of this card's worker it is.</param>
/// <param name="Token">Known to the node and this worker alone.</param>
/// <param name="Pid">The process id.</param>
public sealed record WorkerIdentity(int CardIndex, long Incarnation, string Token, int Pid);
