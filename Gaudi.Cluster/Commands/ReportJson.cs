using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gaudi.Cluster.Commands;

/// <summary>The JSON of the listing commands: camelCase names, stable since the first release.</summary>
internal static class ReportJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        // The text goes to a terminal or a file, never into a web page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    internal static string Write<T>(T report) => JsonSerializer.Serialize(report, Options);

    /// <exception cref="JsonException">The text is no such report.</exception>
    internal static T Read<T>(string json) =>
        JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException("expected a report, came null");
}
