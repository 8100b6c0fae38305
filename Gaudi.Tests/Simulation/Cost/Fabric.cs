using Gaudi.Tests.Simulation.World;

namespace Gaudi.Tests.Simulation.Cost;

/// <summary>How the cards of a topology are joined.</summary>
/// <param name="InBox">Between any two cards of a box; each pair has links of its own.</param>
/// <param name="ScaleOut">From a card to the cards of other boxes; one way out that all its peers there share.</param>
internal sealed record Fabric(LinkSpeed InBox, LinkSpeed ScaleOut);
