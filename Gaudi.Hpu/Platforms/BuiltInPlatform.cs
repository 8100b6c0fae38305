namespace Gaudi.Hpu.Platforms;

/// <summary>A platform that comes with the runtime and is considered beside the plugins' (rule R23).</summary>
/// <param name="Name">Such as `cpu`.</param>
/// <param name="Inactive">Why it is not for this machine; null when it is.</param>
/// <param name="Build">Builds it once it is chosen.</param>
public sealed record BuiltInPlatform(string Name, Func<string?> Inactive, Func<PlatformSetup, Platform> Build)
{
    /// <summary>The CPU: always active.</summary>
    public static BuiltInPlatform Cpu { get; } = new("cpu", () => null, setup => new CpuPlatform(setup));
}
