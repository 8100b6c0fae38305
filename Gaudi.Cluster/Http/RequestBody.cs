using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace Gaudi.Cluster.Http;

/// <summary>Reads a request's body as one JSON object.</summary>
internal static class RequestBody
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>The fields of the body.</summary>
    /// <exception cref="ApiException">Not declared as JSON, not UTF-8, not JSON, or not an object.</exception>
    /// <exception cref="BadHttpRequestException">Too large, or cut short: the server's own check.</exception>
    public static async Task<RequestFields> ReadAsync(HttpContext http)
    {
        CheckContentType(http.Request.ContentType);
        using var bytes = new MemoryStream();
        await http.Request.Body.CopyToAsync(bytes, http.RequestAborted);
        return RequestFields.Of(Parse(bytes.GetBuffer().AsMemory(0, (int)bytes.Length)));
    }

    /// <summary>
    /// A page of another site can send a body to this server without asking, but not with this content type.
    /// </summary>
    private static void CheckContentType(string? contentType)
    {
        var mediaType = (contentType ?? "").Split(';')[0].Trim();
        if (!mediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
            throw ApiException.Invalid(
                $"Expected a body of Content-Type application/json, got {(mediaType == "" ? "none" : mediaType)}; "
                + "send the header `Content-Type: application/json`.");
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Span.StartsWith(ByteOrderMark))
            bytes = bytes[ByteOrderMark.Length..];
        if (!Utf8.IsValid(bytes.Span))
            throw ApiException.Invalid("Expected a body in UTF-8, got bytes that are not.");
        try
        {
            CheckText(bytes.Span);
            var root = JsonElement.Parse(bytes.Span, Strict);
            return root.ValueKind == JsonValueKind.Object
                ? root
                : throw ApiException.Invalid($"Expected a JSON object as body, got {JsonText.Kind(root)}.");
        }
        catch (JsonException broken)
        {
            throw ApiException.Invalid($"Expected a JSON object as body, got something else: {broken.Message}");
        }
    }

    /// <summary>
    /// Half of a surrogate pair can be written in JSON, but is no text: found here once, and nowhere after.
    /// </summary>
    private static void CheckText(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes);
        while (reader.Read())
        {
            if (!reader.ValueIsEscaped)
                continue;
            try
            {
                reader.GetString();
            }
            catch (InvalidOperationException)
            {
                throw ApiException.Invalid(
                    "Expected Unicode text, got half of a surrogate pair in the string at byte "
                    + $"{reader.TokenStartIndex}.");
            }
        }
    }
}
