using Gaudi.Hpu.Cards;

namespace Gaudi.Hpu.Platforms;

/// <summary>What a platform is built from: handed to its one public constructor.</summary>
/// <param name="Probe">The Gaudi cards of this machine, found or simulated; searched for when first asked.</param>
/// <param name="Simulate">The simulated cards asked for; null when none are.</param>
/// <param name="ReadEnvironment">A variable's value, including what the platform's own registration has set; null when
/// unset.</param>
/// <param name="AvailableBytes">Memory the machine has free.</param>
public sealed record PlatformSetup(
    Lazy<CardProbeResult> Probe,
    SimulatedCardSettings? Simulate,
    Func<string, string?> ReadEnvironment,
    Func<long> AvailableBytes);
