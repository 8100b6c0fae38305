using System.Collections.Immutable;

namespace Gaudi.Hpu.Platforms;

/// <summary>The settings a platform may have a say in. What is null was not set by the user.</summary>
public sealed record PlatformConfig
{
    /// <summary>The full name of the class that runs steps on a card; `auto` lets the platform choose.</summary>
    public string WorkerClass { get; init; } = "auto";

    /// <summary>Tokens in one block of the KV cache; null lets the platform choose.</summary>
    public int? BlockSizeTokens { get; init; }

    /// <summary>
    /// `auto` (as the checkpoint says) or the type of weights and activations. Never changed by a platform.
    /// </summary>
    public string Dtype { get; init; } = "auto";

    /// <summary>Which ops run their platform's forward; see <see cref="Ops.CustomOpSwitches"/>.</summary>
    public ImmutableArray<string> CustomOps { get; init; } = [];

    /// <summary>The checkpoint's quantization method; null when it has none.</summary>
    public string? Quantization { get; init; }

    /// <summary>Where weights are put while they are loaded; null: on the card.</summary>
    public string? WeightLoadDevice { get; init; }

    /// <summary>Whether equal prefixes share KV blocks.</summary>
    public bool PrefixCaching { get; init; }

    /// <summary>Whether the KV cache is laid out so that a sequence's blocks are neighbours.</summary>
    public bool ContiguousPagedAttention { get; init; }

    /// <summary>Whether a step is planned while the one before it still runs.</summary>
    public bool AsyncScheduling { get; init; }

    /// <summary>Whether a draft model proposes tokens.</summary>
    public bool SpeculativeDecoding { get; init; }
}
