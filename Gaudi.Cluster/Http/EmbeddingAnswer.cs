using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;

namespace Gaudi.Cluster.Http;

/// <summary>Writes the answer of /v1/embeddings. Vectors are long: they go into the text without objects between.</summary>
internal static class EmbeddingAnswer
{
    /// <summary>The whole answer, JSON in UTF-8.</summary>
    public static byte[] Write(
        string id, long createdUnixSeconds, string modelName, EmbeddingRequest request, ImmutableArray<ImmutableArray<float>> vectors)
    {
        var text = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(text);
        json.WriteStartObject();
        json.WriteString("id"u8, id);
        json.WriteString("object"u8, "list"u8);
        json.WriteNumber("created"u8, createdUnixSeconds);
        json.WriteString("model"u8, modelName);
        json.WriteStartArray("data"u8);
        for (var index = 0; index < vectors.Length; index++)
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "embedding"u8);
            json.WriteNumber("index"u8, index);
            json.WritePropertyName("embedding"u8);
            Write(json, vectors[index], request.IsBase64);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        var tokenCount = request.Inputs.Sum(input => input.Ids.Length);
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, tokenCount);
        json.WriteNumber("total_tokens"u8, tokenCount);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return text.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, ImmutableArray<float> vector, bool isBase64)
    {
        if (isBase64)
        {
            var bytes = new byte[vector.Length * sizeof(float)];
            for (var i = 0; i < vector.Length; i++)
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), vector[i]);
            json.WriteBase64StringValue(bytes);
            return;
        }
        json.WriteStartArray();
        foreach (var value in vector)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
