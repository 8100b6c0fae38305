using System.Security.Cryptography;

namespace Gaudi.Cluster.Node;

/// <summary>What workers and groups prove themselves with.</summary>
internal static class Secrets
{
    private const int TokenBytes = 16;

    /// <summary>A text nobody had before and nobody can guess: 128 bits from the system, in hexadecimal.</summary>
    internal static string NextToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes));
}
