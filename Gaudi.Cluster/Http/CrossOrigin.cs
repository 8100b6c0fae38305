using System.Collections.Immutable;
using Microsoft.AspNetCore.Cors.Infrastructure;

namespace Gaudi.Cluster.Http;

/// <summary>
/// Which pages of other sites may read answers in a browser, and with what. Named and defaulted as vLLM's --allowed-origins,
/// --allowed-methods, --allowed-headers and --allow-credentials. A `*` in a list allows all.
/// </summary>
/// <param name="Origins">As browsers write them: `https://example.org`, without a path. Empty: no page.</param>
/// <param name="Methods">Of HTTP.</param>
/// <param name="Headers">Of requests.</param>
/// <param name="AreCredentialsAllowed">Browsers may send cookies and the like along; this server looks at none.</param>
public sealed record CrossOrigin(
    ImmutableArray<string> Origins, ImmutableArray<string> Methods, ImmutableArray<string> Headers, bool AreCredentialsAllowed)
{
    private const string Any = "*";

    /// <summary>Every page, without credentials.</summary>
    public static CrossOrigin Open { get; } = new([Any], [Any], [Any], false);

    /// <summary>The same rules, item by item.</summary>
    public bool Equals(CrossOrigin? other) => other is not null && AreCredentialsAllowed == other.AreCredentialsAllowed
        && Origins.SequenceEqual(other.Origins) && Methods.SequenceEqual(other.Methods) && Headers.SequenceEqual(other.Headers);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Origins.Length, Methods.Length, Headers.Length, AreCredentialsAllowed);

    /// <summary>Tells them to ASP.NET Core's middleware.</summary>
    internal void Apply(CorsPolicyBuilder policy)
    {
        if (!Origins.Contains(Any))
            policy.WithOrigins([.. Origins]);
        else if (AreCredentialsAllowed)
            // Browsers take no `*` together with credentials, so each origin is answered by its name.
            policy.SetIsOriginAllowed(_ => true);
        else
            policy.AllowAnyOrigin();
        _ = Methods.Contains(Any) ? policy.AllowAnyMethod() : policy.WithMethods([.. Methods]);
        _ = Headers.Contains(Any) ? policy.AllowAnyHeader() : policy.WithHeaders([.. Headers]);
        if (AreCredentialsAllowed)
            policy.AllowCredentials();
    }
}
