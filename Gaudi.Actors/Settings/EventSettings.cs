namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.events`.</summary>
/// <param name="KeptMax">Events kept in memory.</param>
/// <param name="File">Appended to; null for none.</param>
/// <param name="FileBytesMax">When the file is full. Unit: bytes.</param>
public sealed record EventSettings(int KeptMax, string? File, long FileBytesMax)
{
    internal static EventSettings Read(SettingsReader reader) => new(
        reader.Count("gaudi.events.kept-max", 1, 1_000_000),
        reader.Text("gaudi.events.file") is { Length: > 0 } file ? file : null,
        reader.Count("gaudi.events.file-bytes-max", 4096));
}
