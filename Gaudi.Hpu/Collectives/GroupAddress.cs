using System.Collections.Immutable;

namespace Gaudi.Hpu.Collectives;

/// <summary>One rank's view of its group in one epoch.</summary>
/// <param name="GroupId">Names the group through all its epochs; at most 256 UTF-8 bytes.</param>
/// <param name="Epoch">Fences: bytes of another epoch are refused, a lower one can no longer connect.</param>
/// <param name="Rank">This rank, from 0.</param>
/// <param name="Endpoints">Every rank's <see cref="ICollectiveFactory.Endpoint"/> in rank order; its length is the world size.</param>
/// <param name="Token">The group's secret. Peers prove that they know it; it does not travel, and is not printed.</param>
public sealed record GroupAddress(
    string GroupId, long Epoch, int Rank, ImmutableArray<string> Endpoints, string Token)
{
    /// <summary>How many ranks take part.</summary>
    public int WorldSize => Endpoints.Length;

    /// <summary>Everything but the token.</summary>
    public override string ToString() =>
        $"group {GroupId}, epoch {Epoch}, rank {Rank} of {string.Join(", ", Endpoints)}";
}
