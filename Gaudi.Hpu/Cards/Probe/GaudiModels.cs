namespace Gaudi.Hpu.Cards.Probe;

/// <summary>Which generation a card is, by its name and by its PCI device.</summary>
internal static class GaudiModels
{
    /// <summary>The PCI vendor of Habana Labs.</summary>
    internal const string Vendor = "0x1da3";

    /// <summary>
    /// By the name the driver gives: HL-225 and its variants are Gaudi 2, HL-325 and HL-338 Gaudi 3; HL-205 is the
    /// first.
    /// </summary>
    internal static CardGeneration? OfName(string name)
    {
        if (name.StartsWith("HL-3", StringComparison.OrdinalIgnoreCase))
            return CardGeneration.Gaudi3;
        var isSecond = name.StartsWith("HL-2", StringComparison.OrdinalIgnoreCase)
            && !name.StartsWith("HL-20", StringComparison.OrdinalIgnoreCase);
        return isSecond ? CardGeneration.Gaudi2 : null;
    }

    /// <summary>
    /// By PCI device: 1020 (hl-thunk's pci_ids.h, 2022), 1060 and 1063 (Intel's Gaudi 3 guides, 2025).
    /// </summary>
    internal static CardGeneration? OfPciDevice(string device) => device switch
    {
        "0x1020" => CardGeneration.Gaudi2,
        "0x1060" or "0x1061" or "0x1062" or "0x1063" => CardGeneration.Gaudi3,
        _ => null,
    };

    internal static CardFacts Facts(
        int index, CardGeneration generation, string model, long memoryBytes, string origin) => new(
        index, $"{SimulatedCards.NameOf(generation)} ({model})", generation, IsSimulated: false, memoryBytes,
        SimulatedCards.Fp8Max(generation), origin);
}
