using System.Collections.Immutable;
using Gaudi.Actors.Settings;

namespace Gaudi.Cluster.Node;

/// <summary>The API keys of a server.</summary>
internal static class ServerKeys
{
    /// <summary>Those of the settings and the command line together; where there are none, the environment's.</summary>
    /// <param name="settings">`gaudi.http.api-keys`.</param>
    /// <param name="flags">`--api-key`.</param>
    /// <param name="environment">GAUDI_API_KEY; null for none.</param>
    /// <exception cref="NodeStartException">The environment's key cannot travel in a header.</exception>
    internal static ImmutableArray<string> Of(IEnumerable<string> settings, IEnumerable<string> flags, string? environment)
    {
        ImmutableArray<string> said = [.. settings, .. flags];
        if (!said.IsEmpty || environment is null)
            return said;
        return ApiKeyText.IsUsable(environment)
            ? [environment]
            : throw new NodeStartException(
                $"expected {ProcessEnvironment.ApiKeyName} to hold {ApiKeyText.Expected}, came something else; set another key");
    }
}
