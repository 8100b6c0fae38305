using System.Collections.Immutable;
using Gaudi.Hpu.Models.Lora;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// One rank's share of a model: weights, KV blocks and the step. Used from one thread, the card's pinned one.
/// </summary>
public interface IModelRunner : IDisposable
{
    /// <summary>What was loaded.</summary>
    ModelRunnerFacts Facts { get; }

    /// <summary>
    /// Runs one step. Blocks until it is done; collectives inside may be aborted from another thread.
    /// </summary>
    /// <exception cref="Collectives.CollectiveAbortedException">The group's epoch was aborted while it ran.</exception>
    StepOutput Run(StepPlan plan);

    /// <summary>
    /// The blocks, for a connector; they live as long as the runner. Null for a runner that cannot hand blocks over.
    /// </summary>
    KvTransfer.KvCaches? Caches => null;

    /// <summary>
    /// Goes on in a new epoch with other peers and the same weights. KV contents are dropped: sequences are prefilled
    /// anew.
    /// </summary>
    void Rejoin(Collectives.ICollective collective);

    /// <summary>Ids of the LoRA adapters that are loaded. They stay through epochs, as weights do.</summary>
    ImmutableArray<string> LoraIds { get; }

    /// <summary>Loads an adapter; one that is loaded already stays. Speaks to no peer.</summary>
    /// <returns>Why it cannot be used, with tensor, expected and actual; null when it can.</returns>
    string? AddLora(LoraAdapter adapter);

    /// <summary>Forgets an adapter that no step names any more; unknown ones are ignored.</summary>
    void RemoveLora(string id);
}
