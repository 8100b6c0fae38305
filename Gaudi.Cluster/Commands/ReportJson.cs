using System.Text.Json;
using Gaudi.Cluster.Http;

namespace Gaudi.Cluster.Commands;

/// <summary>The JSON of the listing commands: as the server writes it, with line breaks.</summary>
internal static class ReportJson
{
    internal static string Write<T>(T report) => JsonSerializer.Serialize(report, typeof(T), ReportsJson.Indented);

    /// <exception cref="JsonException">The text is no such report.</exception>
    internal static T Read<T>(string json) =>
        JsonSerializer.Deserialize(json, typeof(T), ReportsJson.Indented) is T report
            ? report
            : throw new JsonException("expected a report, came null");
}
