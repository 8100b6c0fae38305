using System.Collections.Immutable;
using Gaudi.Actors.Settings;

namespace Gaudi.Actors.Requests;

/// <summary>What a gateway chooses among, and how.</summary>
/// <param name="ReplicaIds">`{model}/{index}`, by index; at least one.</param>
/// <param name="Settings">How affinity and load are weighed.</param>
/// <param name="BlockSizeTokens">
/// Positions of a block whose prefix is remembered; where ranks cache blocks of another size the match is a good guess.
/// </param>
public sealed record ReplicaRouting(ImmutableArray<string> ReplicaIds, ReplicaSettings Settings, int BlockSizeTokens);
