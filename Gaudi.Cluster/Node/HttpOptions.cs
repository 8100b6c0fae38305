using System.Collections.Immutable;

namespace Gaudi.Cluster.Node;

/// <summary>What the command line says about requests. Null: the default of hocon/reference.conf.</summary>
/// <param name="ToolCallFormat">`hermes` or `llama3_json`.</param>
/// <param name="ChoosesTools">Whether the model may decide to call a tool.</param>
/// <param name="TrustsRequestTemplates">Whether a request may bring a chat template.</param>
/// <param name="ApiKeys">Keys of which a request needs one, beside those of the settings. Never told to workers.</param>
internal sealed record HttpOptions(
    string? ToolCallFormat, bool? ChoosesTools, bool? TrustsRequestTemplates, ImmutableArray<string> ApiKeys)
{
    /// <summary>Origins whose pages may read answers.</summary>
    internal ImmutableArray<string>? AllowedOrigins { get; init; }

    /// <summary>Methods they may use.</summary>
    internal ImmutableArray<string>? AllowedMethods { get; init; }

    /// <summary>Headers they may send.</summary>
    internal ImmutableArray<string>? AllowedHeaders { get; init; }

    /// <summary>Whether they may send cookies and the like along.</summary>
    internal bool? AllowsCredentials { get; init; }

    /// <summary>No line from time to time about what the engine does.</summary>
    internal bool IsSilent { get; init; }

    /// <summary>Hosts from which images are fetched.</summary>
    internal ImmutableArray<string>? MediaDomains { get; init; }

    /// <summary>How long a stop waits for accepted requests. Unit: seconds.</summary>
    internal double? DrainSeconds { get; init; }
}
