using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gaudi.Actors.Protocols.Reports;
using Gaudi.Hpu.Platforms;

namespace Gaudi.Cluster.Http;

/// <summary>
/// How reports are written, over HTTP and by the command line's `--json`: names in camelCase, nulls shown.
/// </summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ImmutableArray<PluginRow>))]
[JsonSerializable(typeof(OpsReport))]
[JsonSerializable(typeof(ImmutableArray<CardRow>))]
[JsonSerializable(typeof(PlatformReport))]
[JsonSerializable(typeof(HealthReport))]
[JsonSerializable(typeof(EventRow))]
[JsonSerializable(typeof(AdministrationReport))]
internal sealed partial class ReportsJson : JsonSerializerContext
{
    /// <summary>Text as it is: the reports are never put into a page.</summary>
    public static ReportsJson Written { get; } = new(Names(isIndented: false));

    /// <summary>The same, for a terminal.</summary>
    public static ReportsJson Indented { get; } = new(Names(isIndented: true));

    private static JsonSerializerOptions Names(bool isIndented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = isIndented,
    };
}
