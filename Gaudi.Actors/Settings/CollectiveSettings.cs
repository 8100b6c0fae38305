namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.collectives`.</summary>
/// <param name="ConnectTimeout">How long a rank waits for all its peers.</param>
/// <param name="ConnectRetry">Between two tries to reach a peer.</param>
/// <param name="Handshake">How long one side of a new connection may take to show who it is.</param>
/// <param name="AcceptRetry">After a connection that could not be taken.</param>
public sealed record CollectiveSettings(
    TimeSpan ConnectTimeout, TimeSpan ConnectRetry, TimeSpan Handshake, TimeSpan AcceptRetry)
{
    internal static CollectiveSettings Read(SettingsReader reader) => new(
        reader.Milliseconds("gaudi.collectives.connect-timeout-ms"),
        reader.Milliseconds("gaudi.collectives.connect-retry-ms"),
        reader.Milliseconds("gaudi.collectives.handshake-timeout-ms"),
        reader.Milliseconds("gaudi.collectives.accept-retry-ms"));
}
