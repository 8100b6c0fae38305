using System.Collections;
using System.Collections.Immutable;

namespace Gaudi.Actors.Settings;

/// <summary>The variables this process was started with. Beside the plugins' context the only reader of them.</summary>
public static class ProcessEnvironment
{
    /// <summary>All of them, by name. Read once at start; what is set later does not show.</summary>
    public static ImmutableSortedDictionary<string, string> Read() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToImmutableSortedDictionary(entry => (string)entry.Key, entry => (string)entry.Value!, StringComparer.Ordinal);

    /// <summary>The variable that holds an API key, of the server that is started or of the one that is asked.</summary>
    public const string ApiKeyName = "GAUDI_API_KEY";

    /// <summary>Upstream's variable for most experts of a mixture that are computed in one pass; -1 for all.</summary>
    public const string ExpertsPerSliceName = "MAX_EXPERTS_PER_SLICE";

    /// <summary>Upstream's variable for whether redirects of images are followed: 0 or 1.</summary>
    public const string MediaRedirectsName = "VLLM_MEDIA_URL_ALLOW_REDIRECTS";

    /// <summary>Upstream's variable for float8 scales that are powers of two: 0 or 1.</summary>
    public const string AlignedScaleName = "HPU_ALIGNED_SCALE";

    /// <summary>Upstream's variable for halving float8 weights on cards of a narrower range: 0 or 1.</summary>
    public const string ScaleAdjustmentName = "VLLM_SCALE_ADJUSTMENT";

    /// <summary>Upstream's variable for one float8 scale an output in place of blocks: 0 or 1.</summary>
    public const string ForceChannelName = "VLLM_HPU_FORCE_CHANNEL_FP8";

    /// <summary>Upstream's variable for the file of a recipe for quantizing.</summary>
    public const string QuantConfigName = "QUANT_CONFIG";

    /// <summary>Upstream's variable for whether clients may load and unload adapters: 1 or true, 0 or false.</summary>
    public const string LoraUpdatingName = "VLLM_ALLOW_RUNTIME_LORA_UPDATING";

    /// <summary>Upstream's variable for where ranks listen for those that read their KV blocks.</summary>
    public const string SideChannelHostName = "VLLM_NIXL_SIDE_CHANNEL_HOST";

    /// <summary>Upstream's variable for the port of rank 0 there.</summary>
    public const string SideChannelPortName = "VLLM_NIXL_SIDE_CHANNEL_PORT";

    /// <summary>Upstream's variable for how long blocks are kept for a server that does not fetch them. Unit: seconds.</summary>
    public const string AbortTimeoutName = "VLLM_NIXL_ABORT_REQUEST_TIMEOUT";

    /// <summary>The API key; null where there is none.</summary>
    public static string? ApiKey() => Of(ApiKeyName);

    /// <summary>One of them; null where it is not set, or empty.</summary>
    internal static string? Of(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
