using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Gaudi.Cluster.Http;

/// <summary>The keys a server takes, kept as digests alone. Any thread.</summary>
public sealed class ApiKeys
{
    private const string Scheme = "Bearer ";

    private readonly ImmutableArray<byte[]> _digests;

    private ApiKeys(ImmutableArray<byte[]> digests) => _digests = digests;

    /// <summary>No key is needed.</summary>
    public static ApiKeys None { get; } = new([]);

    /// <summary>Whether a key is needed.</summary>
    public bool AreNeeded => !_digests.IsEmpty;

    /// <summary>One of these is needed; none of them, where there is none.</summary>
    public static ApiKeys Of(IReadOnlyCollection<string> keys) => keys.Count == 0 ? None : new([.. keys.Select(Digest)]);

    /// <summary>Whether the value of an Authorization header holds one of the keys. Its time tells nothing about them.</summary>
    public bool Allow(string authorization)
    {
        if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return false;
        var given = Digest(authorization[Scheme.Length..].Trim());
        var isKnown = false;
        foreach (var digest in _digests)
            isKnown |= CryptographicOperations.FixedTimeEquals(digest, given);
        return isKnown;
    }

    private static byte[] Digest(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
