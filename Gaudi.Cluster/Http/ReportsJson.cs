using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gaudi.Actors.Protocols.Reports;

namespace Gaudi.Cluster.Http;

/// <summary>
/// How reports are written, over HTTP and by the command line's `--json`: names in camelCase, nulls shown.
/// </summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ImmutableArray<PluginRow>))]
[JsonSerializable(typeof(OpsReport))]
[JsonSerializable(typeof(ImmutableArray<CardRow>))]
internal sealed partial class ReportsJson : JsonSerializerContext
{
    /// <summary>Text as it is: the reports are never put into a page.</summary>
    public static ReportsJson Written { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
