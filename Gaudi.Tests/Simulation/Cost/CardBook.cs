using Akka.Configuration;
using Gaudi.Tests.Simulation.World;

namespace Gaudi.Tests.Simulation.Cost;

/// <summary>Reads hocon/topologies/cards.conf: what cards and links of a generation can do.</summary>
internal static class CardBook
{
    /// <summary>The rates of one card.</summary>
    /// <param name="book">The file.</param>
    /// <param name="generation">gaudi2 or gaudi3.</param>
    /// <param name="isFp8">Whether weights are float8, else bf16.</param>
    internal static CardRates Card(Config book, string generation, bool isFp8)
    {
        var card = book.GetConfig($"cards.{generation}")
            ?? throw new ArgumentException($"expected gaudi2 or gaudi3, got `{generation}`");
        return new CardRates(
            (long)(card.GetDouble("memory-gb") * 1e9), card.GetDouble("memory-tb-per-second") * 1e12,
            card.GetDouble(isFp8 ? "fp8-tflops" : "bf16-tflops") * 1e12, card.GetDouble("memory-part"), card.GetDouble("matrix-part"),
            card.GetDouble("attention-part"), Microseconds(card, "layer-us"), Microseconds(card, "step-us"),
            card.GetDouble("load-gb-per-second") * 1e9);
    }

    /// <summary>The links of a generation.</summary>
    internal static Fabric FabricOf(Config book, string generation)
    {
        var fabric = book.GetConfig($"fabrics.{generation}")
            ?? throw new ArgumentException($"expected gaudi2 or gaudi3, got `{generation}`");
        return new Fabric(Link(fabric, "in-box"), Link(fabric, "scale-out"));
    }

    private static LinkSpeed Link(Config fabric, string name) =>
        new(Microseconds(fabric, $"{name}-us"), fabric.GetDouble($"{name}-gb-per-second") * 1e9);

    private static TimeSpan Microseconds(Config config, string key) => TimeSpan.FromMicroseconds(config.GetDouble(key));
}
