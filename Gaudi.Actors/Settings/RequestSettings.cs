namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.requests`.</summary>
/// <param name="Retry">Silence after which the edge asks again.</param>
/// <param name="GiveUp">Silence after which the edge gives up.</param>
/// <param name="OpenMax">Choices open at once.</param>
/// <param name="EventsMax">Events kept for a slow reader.</param>
public sealed record RequestSettings(TimeSpan Retry, TimeSpan GiveUp, int OpenMax, int EventsMax)
{
    internal static RequestSettings Read(SettingsReader reader) => new(
        reader.Milliseconds("gaudi.requests.retry-ms"),
        reader.Milliseconds("gaudi.requests.give-up-ms"),
        reader.Count("gaudi.requests.open-max", 1, 1 << 20),
        reader.Count("gaudi.requests.events-max", 16, 1 << 24));
}
