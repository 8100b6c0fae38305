namespace Gaudi.Tests.Simulation.Cost;

/// <summary>Where a rank's card is.</summary>
/// <param name="Box">Its box, from 0.</param>
/// <param name="Card">In its box, from 0.</param>
internal readonly record struct GroupCard(int Box, int Card);
