using System.Collections.Immutable;
using System.Diagnostics;

namespace Gaudi.Hpu.Cards;

/// <summary>The facts of cards that are simulated.</summary>
public static class SimulatedCards
{
    /// <summary>
    /// The largest finite e4m3 value a generation computes with (Intel: 240 on Gaudi 2; 448 on Gaudi 3 as OCP says).
    /// </summary>
    public static float Fp8Max(CardGeneration generation) => generation switch
    {
        CardGeneration.Gaudi2 => 240f,
        CardGeneration.Gaudi3 or CardGeneration.Cpu => 448f,
        _ => throw new UnreachableException($"generation {generation}"),
    };

    /// <summary>The name of a generation, such as `Intel Gaudi 3`.</summary>
    public static string NameOf(CardGeneration generation) => generation switch
    {
        CardGeneration.Gaudi2 => "Intel Gaudi 2",
        CardGeneration.Gaudi3 => "Intel Gaudi 3",
        CardGeneration.Cpu => "CPU",
        _ => throw new UnreachableException($"generation {generation}"),
    };

    /// <summary>The cards the settings ask for.</summary>
    /// <param name="settings">Which and how many.</param>
    /// <param name="availableBytes">Asked when the settings leave the memory open.</param>
    public static ImmutableArray<CardFacts> Facts(SimulatedCardSettings settings, Func<long> availableBytes)
    {
        Invariant.That(settings.Count > 0, $"{settings.Count} simulated cards");
        Invariant.That(settings.Generation != CardGeneration.Cpu, "a simulated card is a Gaudi card");
        var memoryBytes = settings.MemoryBytes
            ?? CardMemory.SimulatedBytes(settings.Generation, availableBytes(), settings.Count);
        return
        [
            .. Enumerable.Range(0, settings.Count).Select(index => new CardFacts(
                index, $"{NameOf(settings.Generation)} (simulated)", settings.Generation, IsSimulated: true,
                memoryBytes, Fp8Max(settings.Generation), "simulated")),
        ];
    }
}
