namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.workers`.</summary>
/// <param name="RestartFirst">Wait before the first restart; doubles.</param>
/// <param name="RestartLongest">The longest wait.</param>
/// <param name="RestartsMax">Restarts within the window before a card is left out.</param>
/// <param name="RestartWindow">After it a restart no longer counts.</param>
/// <param name="Spares">Workers more than are needed.</param>
/// <param name="Handshake">How often the handshake is repeated.</param>
/// <param name="HandshakeLimit">A worker that has not shown itself within it is killed.</param>
/// <param name="Hold">How long a group keeps a card that it leaves idle.</param>
/// <param name="Dispatcher">The HOCON path of the ranks' dispatcher.</param>
public sealed record WorkerSettings(
    TimeSpan RestartFirst, TimeSpan RestartLongest, int RestartsMax, TimeSpan RestartWindow, int Spares, TimeSpan Handshake,
    TimeSpan HandshakeLimit, TimeSpan Hold, string Dispatcher)
{
    internal static WorkerSettings Read(SettingsReader reader) => new(
        reader.Milliseconds("gaudi.workers.restart-first-ms"),
        reader.Milliseconds("gaudi.workers.restart-longest-ms"),
        reader.Count("gaudi.workers.restarts-max", 0, 1 << 20),
        reader.Milliseconds("gaudi.workers.restart-window-ms"),
        reader.Count("gaudi.workers.spares", 0, 1024),
        reader.Milliseconds("gaudi.workers.handshake-ms"),
        reader.Milliseconds("gaudi.workers.handshake-limit-ms"),
        reader.Milliseconds("gaudi.workers.hold-ms"),
        reader.Dispatcher("gaudi.workers.dispatcher"));
}
