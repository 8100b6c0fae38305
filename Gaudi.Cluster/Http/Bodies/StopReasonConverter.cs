using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>Writes a stop reason as vLLM does: the string, or the token id as a number.</summary>
internal sealed class StopReasonConverter : JsonConverter<StopReason>
{
    /// <inheritdoc/>
    public override StopReason Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("answers are only written");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, StopReason value, JsonSerializerOptions options)
    {
        if (value.TokenId is { } id)
            writer.WriteNumberValue(id);
        else
            writer.WriteStringValue(value.Text);
    }
}
