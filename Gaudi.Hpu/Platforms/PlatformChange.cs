namespace Gaudi.Hpu.Platforms;

/// <summary>A setting that a platform changed: nothing is rewritten in silence.</summary>
/// <param name="Setting">A setting, or an environment variable.</param>
/// <param name="From">What it was; `unset` when it was not set.</param>
/// <param name="To">What it is now.</param>
/// <param name="Why">One sentence.</param>
public sealed record PlatformChange(string Setting, string From, string To, string Why);
