using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.KvTransfer;

namespace Gaudi.Actors.Scheduling;

/// <summary>
/// The scheduler role of a KV connector: which prompts come from elsewhere, and whose blocks are kept for others. Pure: no
/// clock, no randomness. One thread.
/// </summary>
/// <remarks>Source: engine-and-api-rules 4.10, KVConnectorBase_V1's scheduler half.</remarks>
public interface IKvConnectorScheduler
{
    /// <summary>What can be brought for a waiting sequence: `get_num_new_matched_tokens`. Changes nothing.</summary>
    /// <param name="sequence">It has no block.</param>
    /// <param name="computedCount">Positions that were found in the prefix cache.</param>
    /// <returns>Null: not known yet, ask again.</returns>
    KvMatch? Match(Sequence sequence, int computedCount);

    /// <summary>The sequence has blocks for what was matched, or nothing was: `update_state_after_alloc`.</summary>
    /// <param name="sequence">With its blocks.</param>
    /// <param name="computedCount">As in the match.</param>
    /// <param name="externalCount">Positions to bring; 0 where none are wanted.</param>
    void Allocated(Sequence sequence, int computedCount, int externalCount);

    /// <summary>A request will not run here: whoever keeps blocks for it need not, and is told with the next step.</summary>
    /// <returns>False when nobody keeps any.</returns>
    bool Declined(GenerationRequest request);

    /// <summary>What a step asks of the ranks, after it is fixed: `build_connector_meta`. Null for nothing.</summary>
    /// <param name="drawing">The step's sequences that draw a token in it.</param>
    KvTransferStep? TakeStep(IEnumerable<Sequence> drawing);

    /// <summary>A rank told its news: `update_connector_output`.</summary>
    KvOutcome Update(int rank, KvTransferNews news);

    /// <summary>A sequence has its last token: `request_finished`.</summary>
    /// <returns>Not null: its blocks are kept, and this goes with the answer.</returns>
    KvTransferParams? Finished(Sequence sequence, FinishReason reason);

    /// <summary>A sequence's blocks are free now, or will be before the next step: nobody may read them any more.</summary>
    void Freed(Sequence sequence);

    /// <summary>The epoch is over: no offer stands, no load runs.</summary>
    /// <param name="lost">Sequences whose loads are void with it.</param>
    void Restart(ImmutableArray<Sequence> lost);
}
