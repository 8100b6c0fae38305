using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>How the bodies of the OpenAI API are written: names in snake_case, text as it is.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(UsageBody))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(VersionBody))]
[JsonSerializable(typeof(TokenizeAnswer))]
[JsonSerializable(typeof(DetokenizeAnswer))]
[JsonSerializable(typeof(LoadBody))]
[JsonSerializable(typeof(ChatAnswer))]
[JsonSerializable(typeof(ChatFrame))]
[JsonSerializable(typeof(CompletionAnswer))]
internal sealed partial class HttpJson : JsonSerializerContext
{
    /// <summary>Does not write letters as numbers: the bodies are never put into a page.</summary>
    public static HttpJson Written { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
