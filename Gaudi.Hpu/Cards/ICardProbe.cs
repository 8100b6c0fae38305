namespace Gaudi.Hpu.Cards;

/// <summary>Looks for the cards of this machine.</summary>
public interface ICardProbe
{
    /// <summary>Searches now. Never throws: what went wrong is in the reason.</summary>
    CardProbeResult Probe();
}
