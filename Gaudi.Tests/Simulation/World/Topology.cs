using System.Collections.Immutable;
using Gaudi.Hpu.Cards;

namespace Gaudi.Tests.Simulation.World;

/// <summary>Which machines there are, how they are joined, and what they serve.</summary>
/// <param name="Name">Of its file.</param>
/// <param name="Generation">Of all cards.</param>
/// <param name="CardCounts">Cards of each box, spares among them.</param>
/// <param name="CardMemoryBytes">Of one card.</param>
/// <param name="InBox">Between two cards of a box.</param>
/// <param name="ScaleOut">Between two cards of different boxes.</param>
/// <param name="Host">Between two machines, for everything but tensors.</param>
/// <param name="Loopback">Between two processes of a machine.</param>
/// <param name="ReplicaCount">Groups that serve the model.</param>
/// <param name="WorldSize">Ranks of a group.</param>
/// <param name="GatewayCount">Boxes that take requests: the first ones.</param>
/// <param name="KvBlockCount">KV blocks of a rank.</param>
/// <param name="MaxModelLen">Longest sequence. Unit: tokens.</param>
/// <param name="Timings">What takes how long.</param>
internal sealed record Topology(
    string Name, CardGeneration Generation, ImmutableArray<int> CardCounts, long CardMemoryBytes, LinkSpeed InBox, LinkSpeed ScaleOut,
    LinkSpeed Host, LinkSpeed Loopback, int ReplicaCount, int WorldSize, int GatewayCount, int KvBlockCount, int MaxModelLen,
    Timings Timings)
{
    /// <summary>HOCON over the product's own settings.</summary>
    public string Overrides { get; init; } = "";

    /// <summary>Boxes there are.</summary>
    internal int BoxCount => CardCounts.Length;

    /// <summary>Cards there are.</summary>
    internal int CardCount => CardCounts.Sum();

    /// <summary>A box's name, which its node has too.</summary>
    internal static string BoxName(int box) => $"b{box:000}";
}
