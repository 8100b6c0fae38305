namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.group.hang`: when a step that is not over hangs.</summary>
/// <param name="FirstLimit">For a step of a size that too few were seen of.</param>
/// <param name="LeastLimit">The least limit of any step.</param>
/// <param name="Factor">Of the 99th percentile of the steps of its size.</param>
/// <param name="SamplesMin">Steps of a size from which on the percentile counts.</param>
/// <param name="SamplesKept">Newest steps of a size that are remembered.</param>
/// <param name="Grace">How long a rank may take to be free of an epoch that is over.</param>
public sealed record HangSettings(
    TimeSpan FirstLimit, TimeSpan LeastLimit, int Factor, int SamplesMin, int SamplesKept, TimeSpan Grace)
{
    internal static HangSettings Read(SettingsReader reader) => new(
        reader.Milliseconds("gaudi.group.hang.first-limit-ms"),
        reader.Milliseconds("gaudi.group.hang.least-limit-ms"),
        reader.Count("gaudi.group.hang.factor", 1, 1000),
        reader.Count("gaudi.group.hang.samples-min", 1, 1 << 16),
        reader.Count("gaudi.group.hang.samples-kept", 1, 1 << 16),
        reader.Milliseconds("gaudi.group.hang.grace-ms"));
}
