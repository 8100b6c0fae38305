using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gaudi.Cluster.Http;

/// <summary>What a request is called.</summary>
/// <param name="Shown">The client's X-Request-Id, or our own id: in the answer's header and in the response id.</param>
/// <param name="Unique">Never given twice, whatever clients send: what the engine knows it by.</param>
internal sealed record RequestIdentity(string Shown, string Unique)
{
    /// <summary>When it arrived, by the server's timestamps.</summary>
    public long Arrived { get; init; }

    /// <summary>Header that carries the client's id in and our answer's id out.</summary>
    public const string Header = "X-Request-Id";

    private const int ShownCharsMax = 128;

    /// <summary>Takes the client's id when it is 1 to 128 visible ASCII characters, else gives one.</summary>
    public static RequestIdentity Of(HttpContext http, IRequestNumbers numbers)
    {
        var own = numbers.NextRequestId();
        var given = http.Request.Headers[Header].ToString();
        return IsUsable(given) ? new RequestIdentity(given, $"{given}-{own}") : new RequestIdentity(own, own);
    }

    /// <summary>The identity that the guard gave to this request.</summary>
    public static RequestIdentity Current(HttpContext http) => http.Features.GetRequiredFeature<RequestIdentity>();

    /// <summary>Takes the `request_id` of a body, unless the header gave one.</summary>
    /// <exception cref="ApiException">It cannot be an id.</exception>
    public static void Take(HttpContext http, string given)
    {
        if (!IsUsable(given))
            throw ApiException.Invalid(
                $"Expected `request_id` to be 1 to {ShownCharsMax} visible ASCII characters, got {JsonText.Quoted(given)}.", "request_id");
        var own = Current(http);
        if (own.Shown != own.Unique)
            return;
        http.Features.Set(own with { Shown = given, Unique = $"{given}-{own.Unique}" });
        http.Response.Headers[Header] = given;
    }

    private static bool IsUsable(string given) =>
        given.Length is > 0 and <= ShownCharsMax && given.All(character => character is > ' ' and < '\x7f');
}
