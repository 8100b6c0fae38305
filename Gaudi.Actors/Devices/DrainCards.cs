using Gaudi.Actors.Protocols;

namespace Gaudi.Actors.Devices;

/// <summary>To the device supervisor: its node leaves. Every card is taken out, and its worker is stopped when no group has it.</summary>
/// <param name="Reason">For people.</param>
/// <param name="Done">Completed when no worker runs any more.</param>
public sealed record DrainCards(string Reason, TaskCompletionSource Done) : ILocalMessage;
