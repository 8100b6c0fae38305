using System.Collections.Immutable;

namespace Gaudi.Actors.Settings;

/// <summary>The hosts images may be fetched from: the server asks nowhere else, wherever a client or a redirect points.</summary>
/// <param name="Names">Host names without port; each stands for itself alone, not for hosts below it. Empty: no host.</param>
public sealed record MediaDomains(ImmutableArray<string> Names)
{
    /// <summary>Nothing is fetched.</summary>
    public static MediaDomains None { get; } = new(ImmutableArray<string>.Empty);

    /// <summary>Whether an address is at one of them, over http or https, at any port.</summary>
    public bool Allows(Uri address) => IsOfWeb(address)
        && Names.Any(name => string.Equals(name, address.IdnHost, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether an address is one of http or https.</summary>
    public static bool IsOfWeb(Uri address) => address is { IsAbsoluteUri: true, Scheme: "http" or "https" };
}
