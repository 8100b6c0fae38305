namespace Gaudi.Hpu.Cards;

/// <summary>Looks for cards in the ways this machine offers, one after the other, until one finds some.</summary>
/// <param name="probes">In order.</param>
public sealed class MachineProbe(IReadOnlyList<ICardProbe> probes) : ICardProbe
{
    /// <summary>The driver's library, then its files.</summary>
    public static MachineProbe OfThisMachine() => new([]);

    /// <inheritdoc />
    public CardProbeResult Probe()
    {
        var reasons = new List<string>();
        foreach (var probe in probes)
        {
            var result = probe.Probe();
            if (!result.Cards.IsEmpty)
                return result;
            reasons.Add(result.Reason);
        }
        return new CardProbeResult([], reasons.Count == 0 ? "no Gaudi card: nothing was searched" : string.Join("; ", reasons));
    }
}
