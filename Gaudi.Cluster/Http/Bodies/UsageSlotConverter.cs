using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>Writes what is in the slot.</summary>
internal sealed class UsageSlotConverter : JsonConverter<UsageSlot>
{
    /// <inheritdoc/>
    public override UsageSlot Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("frames are only written");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, UsageSlot value, JsonSerializerOptions options)
    {
        if (value.Usage is { } usage)
            JsonSerializer.Serialize(writer, usage, HttpJson.Default.UsageBody);
        else
            writer.WriteNullValue();
    }
}
