namespace Gaudi.Cluster.Http;

/// <summary>Ends a request with an error answer; caught in one place, <see cref="RequestGuard"/>.</summary>
internal sealed class ApiException(ApiError error) : Exception(error.Message)
{
    /// <summary>The answer.</summary>
    public ApiError Error { get; } = error;

    /// <summary>400 that names the field.</summary>
    public static ApiException Invalid(string message, string? param = null) => new(ApiError.Invalid(message, param));
}
