using System.Collections.Immutable;
using Gaudi.Actors.Constraints;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Models.Lora;

namespace Gaudi.Actors.Requests;

/// <summary>One choice of one request, as the engine sees it: token ids in, token ids out.</summary>
/// <param name="RequestId">Unique; echoed in every event.</param>
/// <param name="Model">The served model's name.</param>
/// <param name="PromptTokenIds">At least one.</param>
/// <param name="Sampling">With a seed: the gateway gives one when the client gave none.</param>
/// <param name="TokensMax">Most tokens to generate; at least 1.</param>
/// <param name="StopTokenIds">A generated token in this set ends the choice with reason stop. Includes EOS unless ignore_eos.</param>
/// <param name="Choice">Which of the client's n choices this is.</param>
public sealed record GenerationRequest(
    string RequestId, string Model, ImmutableArray<int> PromptTokenIds, SamplingParameters Sampling, int TokensMax,
    ImmutableArray<int> StopTokenIds, int Choice)
{
    /// <summary>Under the policy `priority`: lower goes first. 0 under `fcfs`.</summary>
    public int Priority { get; init; }

    /// <summary>What beside its tokens decides which cached prefix it may use.</summary>
    public CacheKeys CacheKeys { get; init; } = CacheKeys.None;

    /// <summary>The adapter it runs with, whose id is in the cache keys too; null for the model alone.</summary>
    public LoraAdapter? Lora { get; init; }

    /// <summary>Images in the prompt, positions ascending, with their pixels; their contents are in the cache keys too.</summary>
    public ImmutableArray<PromptImage> Images { get; init; } = [];

    /// <summary>Alternatives to report beside each prompt token's log probability; null reports none.</summary>
    public int? PromptLogprobCount { get; init; }

    /// <summary>The form its answer must have; null for none.</summary>
    public OutputConstraint? Constraint { get; init; }

    /// <summary>Its part in disaggregated serving; null for none.</summary>
    public KvTransferParams? KvTransfer { get; init; }

    /// <summary>The choices it is admitted with; null when its request has no other.</summary>
    public ChoiceGroup? Group { get; init; }

    /// <summary>Wants one vector of the prompt in place of an answer; null for an answer.</summary>
    public PoolingMode? Pooling { get; init; }
}
