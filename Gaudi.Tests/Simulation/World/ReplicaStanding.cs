namespace Gaudi.Tests.Simulation.World;

/// <summary>How a replica is.</summary>
/// <param name="State">serving, forming or degraded.</param>
/// <param name="Reason">Why it does not serve.</param>
/// <param name="Epoch">Of its group.</param>
/// <param name="IsFinal">Waiting cannot help.</param>
/// <param name="Box">Its home.</param>
/// <param name="Since">When it said so.</param>
internal sealed record ReplicaStanding(string State, string Reason, long Epoch, bool IsFinal, int Box, TimeSpan Since);
