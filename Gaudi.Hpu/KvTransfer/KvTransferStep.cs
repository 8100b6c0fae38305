using System.Collections.Immutable;

namespace Gaudi.Hpu.KvTransfer;

/// <summary>
/// What a step asks of the ranks' connectors (rule S20). Withdrawals come before anything is computed, because the step may
/// write those blocks; loads begin then; offers count from the step's end.
/// </summary>
/// <param name="Withdrawals">Keys of offers that are over.</param>
/// <param name="Loads">To begin.</param>
/// <param name="Offers">To make.</param>
public sealed record KvTransferStep(
    ImmutableArray<string> Withdrawals, ImmutableArray<KvLoad> Loads, ImmutableArray<KvOffer> Offers);
