namespace Gaudi.Tests.Simulation.Engine;

/// <summary>Virtual time for what measures and dates.</summary>
/// <param name="engine">Whose time.</param>
internal sealed class SimTime(SimEngine engine) : TimeProvider
{
    /// <summary>When every simulation begins.</summary>
    internal static readonly DateTimeOffset Epoch = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp() => engine.Now.Ticks;

    public override DateTimeOffset GetUtcNow() => Epoch + engine.Now;
}
