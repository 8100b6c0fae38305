using System.Collections.Immutable;

namespace Gaudi.Hpu.Collectives;

/// <summary>
/// Reads of blocks between the memories of two ranks, one-sided: the owner offers blocks and goes on with its steps. Nothing
/// here blocks but <see cref="CancelReads"/> and disposal, for milliseconds. Shared memory, NIXL and RDMA fit behind it: there
/// the offer is asked about once more when the bytes are there. Called from the rank's thread.
/// </summary>
public interface ITransferLane : IDisposable
{
    /// <summary>Where peers find it, host:port; empty for a lane that only reads.</summary>
    string Endpoint { get; }

    /// <summary>
    /// Lets peers read these blocks of all regions by this key; an offer by the same key is replaced. The caller keeps them
    /// unwritten until it withdraws them.
    /// </summary>
    /// <param name="key">Peers name it.</param>
    /// <param name="digest">Of what the blocks hold: a read that expects something else is refused here.</param>
    /// <param name="blocks">Ids.</param>
    /// <exception cref="InvariantBrokenException">A block is in no region.</exception>
    void Offer(string key, string digest, ImmutableArray<int> blocks);

    /// <summary>
    /// Takes an offer back: from its return on, no part that is read can be whole any more, so the blocks may be written.
    /// Unknown keys are ignored.
    /// </summary>
    void Withdraw(string key);

    /// <summary>Takes all offers back.</summary>
    void WithdrawAll();

    /// <summary>Begins a read and returns. Reads of one peer run one after another.</summary>
    void Read(TransferRead read);

    /// <summary>Tells a peer that its offer is no longer wanted. A peer that cannot be reached is not told.</summary>
    /// <param name="endpoint">Where it listens.</param>
    /// <param name="key">Of the offer.</param>
    void Notify(string endpoint, string key);

    /// <summary>Ends every read: on return none writes this rank's memory any more. Each still has its end to be taken.</summary>
    void CancelReads();

    /// <summary>
    /// What happened since the last call; where there is more, wake is called again. Notices of what is not offered are left out.
    /// </summary>
    TransferBatch Take();
}
