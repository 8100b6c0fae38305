namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.collectives`.</summary>
/// <param name="ConnectTimeout">How long a rank waits for all its peers.</param>
/// <param name="ConnectRetry">Between two tries to reach a peer.</param>
public sealed record CollectiveSettings(TimeSpan ConnectTimeout, TimeSpan ConnectRetry)
{
    internal static CollectiveSettings Read(SettingsReader reader) => new(
        reader.Milliseconds("gaudi.collectives.connect-timeout-ms"),
        reader.Milliseconds("gaudi.collectives.connect-retry-ms"));
}
