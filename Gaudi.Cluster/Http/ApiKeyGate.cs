using Microsoft.AspNetCore.Http;

namespace Gaudi.Cluster.Http;

/// <summary>
/// Lets through who has a key, and everybody to /health, /ping, /livez and /readyz, because probes have none. OPTIONS needs
/// none either: a browser
/// asks so before it sends the key, and learns nothing but methods.
/// </summary>
internal sealed class ApiKeyGate(RequestDelegate next, ApiKeys keys)
{
    private static readonly string[] OpenPaths = ["/health", "/ping", "/livez", "/readyz"];

    /// <summary>Passes one request on.</summary>
    /// <exception cref="ApiException">401: it has no key, or another.</exception>
    public Task AnswerAsync(HttpContext http)
    {
        var isOpen = HttpMethods.IsOptions(http.Request.Method)
            || OpenPaths.Contains(http.Request.Path.Value, StringComparer.OrdinalIgnoreCase);
        if (!keys.AreNeeded || isOpen)
            return next(http);
        var given = http.Request.Headers.Authorization.ToString();
        if (keys.Allow(given))
            return next(http);
        http.Response.Headers.WWWAuthenticate = "Bearer";
        throw new ApiException(ApiError.Unauthorized(given == "" ? "none" : "another"));
    }
}
