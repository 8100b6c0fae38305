using Microsoft.AspNetCore.Http;

namespace Gaudi.Cluster.Disaggregation;

/// <summary>A client's request as a server behind the router gets it.</summary>
internal static class ForwardedRequest
{
    // Of one connection alone, or said anew: a body that was changed has another length.
    private static readonly HashSet<string> OfOneHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Proxy-Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "TE", "Trailer", "Proxy-Authorization",
        "Proxy-Authenticate", "Host", "Content-Length", "Expect",
    };

    /// <summary>The client's method, path, query and headers, with this body. The caller disposes it.</summary>
    internal static HttpRequestMessage Of(HttpContext http, Uri server, byte[] body)
    {
        var message = new HttpRequestMessage(
            new HttpMethod(http.Request.Method), AddressOf(server, http.Request.Path, http.Request.QueryString));
        if (body.Length > 0)
            message.Content = new ByteArrayContent(body);
        var named = Named(http.Request.Headers.Connection);
        foreach (var (name, values) in http.Request.Headers.Where(header => IsPassed(header.Key, named)))
        {
            if (!message.Headers.TryAddWithoutValidation(name, values.ToArray()))
                message.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
        }
        return message;
    }

    /// <summary>A path on a server, behind the server's own. Whatever the path is, the server stays the same.</summary>
    /// <remarks>Not resolved against the server: a path that begins with two slashes would name another host (RFC 3986, 4.2).</remarks>
    internal static Uri AddressOf(Uri server, PathString path, QueryString query) => new(
        server.GetLeftPart(UriPartial.Authority) + server.AbsolutePath.TrimEnd('/') + path.ToUriComponent() + query.ToUriComponent());

    /// <summary>Whether a header goes beyond one connection (RFC 9110, 7.6.1).</summary>
    /// <param name="header">Its name.</param>
    /// <param name="named">Those that the message's Connection header names.</param>
    internal static bool IsPassed(string header, HashSet<string> named) => !OfOneHop.Contains(header) && !named.Contains(header);

    /// <summary>The names that a Connection header lists.</summary>
    internal static HashSet<string> Named(IEnumerable<string?> connection) => new(
        connection.SelectMany(line => (line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
        StringComparer.OrdinalIgnoreCase);
}
