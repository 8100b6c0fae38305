using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace Gaudi.Cluster.Http;

/// <summary>Reads a request's body as one JSON object.</summary>
internal static class RequestBody
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The fields of the body.</summary>
    /// <param name="http">The request.</param>
    /// <param name="bytesMax">The largest body that is kept; a longer one is refused as soon as that is known.</param>
    /// <exception cref="ApiException">Not declared as JSON, too large, not UTF-8, not JSON, or not an object.</exception>
    /// <exception cref="BadHttpRequestException">Cut short, or too slow: the server's own check.</exception>
    public static async Task<RequestFields> ReadAsync(HttpContext http, long bytesMax)
    {
        CheckContentType(http.Request.ContentType);
        if (http.Request.ContentLength > bytesMax)
            throw TooLarge(bytesMax, $"{http.Request.ContentLength} bytes");
        using var bytes = new MemoryStream();
        await CopyAsync(http.Request.BodyReader, bytes, bytesMax, http.RequestAborted);
        return RequestFields.Of(Parse(bytes.GetBuffer().AsMemory(0, (int)bytes.Length)));
    }

    // A body in chunks does not say its length.
    private static async Task CopyAsync(PipeReader body, MemoryStream bytes, long bytesMax, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await body.ReadAsync(cancellation);
            if (bytes.Length + read.Buffer.Length > bytesMax)
            {
                body.AdvanceTo(read.Buffer.End);
                throw TooLarge(bytesMax, "more");
            }
            foreach (var part in read.Buffer)
                bytes.Write(part.Span);
            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return;
        }
    }

    private static ApiException TooLarge(long bytesMax, string got) => new(
        ApiError.OfStatus(StatusCodes.Status413PayloadTooLarge, $"Expected a body of at most {bytesMax} bytes, got {got}."));

    /// <summary>
    /// A page of another site can send a body to this server without asking, but not with this content type: then the browser
    /// asks first, and <see cref="CrossOrigin"/> answers.
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
            if (StrictJson.FaultOf(bytes.Span) is { } fault)
                throw ApiException.Invalid($"Expected {fault.Expected}, got {fault.Got}.");
            var root = JsonElement.Parse(bytes.Span);
            return root.ValueKind == JsonValueKind.Object
                ? root
                : throw ApiException.Invalid($"Expected a JSON object as body, got {JsonText.Kind(root)}.");
        }
        catch (JsonException broken)
        {
            throw ApiException.Invalid($"Expected a JSON object as body, got something else: {broken.Message}");
        }
    }
}
