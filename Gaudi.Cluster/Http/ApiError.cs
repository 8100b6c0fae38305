using Gaudi.Actors.Requests;

namespace Gaudi.Cluster.Http;

/// <summary>An answer that is not what the client asked for.</summary>
/// <param name="Status">HTTP status, and the body's `code`.</param>
/// <param name="Type">The body's `type`.</param>
/// <param name="Message">What was expected, what came, what to do. Nothing about the inside of the server.</param>
/// <param name="Param">The field at fault.</param>
/// <param name="RetryAfterSeconds">The Retry-After header, when trying again makes sense.</param>
internal sealed record ApiError(
    int Status, string Type, string Message, string? Param = null, int? RetryAfterSeconds = null)
{
    /// <summary>400: the request is wrong.</summary>
    public static ApiError Invalid(string message, string? param = null) => new(400, "BadRequestError", message, param);

    /// <summary>401: no key, or none of the server's.</summary>
    /// <param name="got">`none` or `another`; never the key.</param>
    public static ApiError Unauthorized(string got) => new(
        401, "UnauthorizedError", $"Expected the header `Authorization: Bearer KEY` with an API key of this server, got {got}.");

    /// <summary>403: a setting of the server forbids it.</summary>
    public static ApiError Forbidden(string message) => new(403, "PermissionDeniedError", message);

    /// <summary>409: it does not go with what is so now.</summary>
    public static ApiError Conflict(string message) => new(409, "ConflictError", message);

    /// <summary>404: no such model.</summary>
    public static ApiError UnknownModel(string model) =>
        new(404, "NotFoundError", $"The model `{model}` does not exist.", "model");

    /// <summary>500: our mistake, told without details.</summary>
    public static ApiError Internal(string requestId) => new(
        500, "InternalServerError",
        $"The server failed on this request; its log has the reason under request id {requestId}.");

    /// <summary>503: nothing can be served now.</summary>
    public static ApiError Unavailable(string message, int? retryAfterSeconds = null) =>
        new(503, "ServiceUnavailableError", message, RetryAfterSeconds: retryAfterSeconds);

    /// <summary>What an answer of this status is called.</summary>
    public static ApiError OfStatus(int status, string message) => new(
        status,
        status switch
        {
            404 => "NotFoundError",
            405 => "MethodNotAllowedError",
            408 => "RequestTimeoutError",
            413 => "RequestTooLargeError",
            >= 500 => "InternalServerError",
            _ => "BadRequestError",
        },
        message);

    /// <summary>The engine's refusal as an answer.</summary>
    public static ApiError Of(GenerationEvent.Refused refused, int retryAfterSecondsDefault) => refused.Kind switch
    {
        RefusalKind.Invalid => Invalid(refused.Message),
        RefusalKind.UnknownModel => new ApiError(404, "NotFoundError", refused.Message, "model"),
        RefusalKind.QueueFull => new ApiError(
            429, "RateLimitError", refused.Message,
            RetryAfterSeconds: refused.RetryAfterSeconds ?? retryAfterSecondsDefault),
        RefusalKind.Unavailable => Unavailable(
            refused.Message, refused.RetryAfterSeconds ?? retryAfterSecondsDefault),
        _ => new ApiError(500, "InternalServerError", refused.Message),
    };
}
