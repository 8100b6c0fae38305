namespace Gaudi.Hpu.Cards.Probe;

/// <summary>Looks for cards in the ways this machine offers, one after the other, until one finds some.</summary>
/// <param name="probes">In order.</param>
public sealed class MachineProbe(IReadOnlyList<ICardProbe> probes) : ICardProbe
{
    /// <summary>The driver's library first, because it knows each card's memory; then the driver's files.</summary>
    public static MachineProbe OfThisMachine() => new([new HlmlProbe(HlmlLibrary.Open), new SysfsProbe("/")]);

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
        return new CardProbeResult([], $"no Gaudi card found: {string.Join("; ", reasons)}");
    }
}
