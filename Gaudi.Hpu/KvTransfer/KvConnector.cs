using System.Collections.Immutable;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Ops;

namespace Gaudi.Hpu.KvTransfer;

/// <summary>
/// The worker role of a KV connector: moves blocks between this rank and the same rank of another group. A plugin may replace
/// one or add another under its own name. Used from the rank's thread; transfers run beside it.
/// </summary>
/// <remarks>
/// Source: engine-and-api-rules 4.10, KVConnectorBase_V1's worker half. Blocks are read where they lie, after the step that
/// filled them, and are complete before a step reads them: so there is no layer to wait for and none to save.
/// </remarks>
public abstract class KvConnector : CustomOp<BlockRunForward>, IDisposable
{
    /// <summary>Built by the table alone.</summary>
    protected KvConnector(OpSpec spec)
        : base(spec) => Facts = (KvConnectorSpec)spec;

    /// <summary>What it was built from.</summary>
    protected KvConnectorSpec Facts { get; }

    /// <summary>Takes the rank's blocks, once, before any step: `register_kv_caches`.</summary>
    /// <param name="caches">They outlive the connector.</param>
    /// <param name="model">What peers must have alike.</param>
    /// <param name="worldSize">Ranks of the group.</param>
    /// <param name="lanes">The process's transport.</param>
    /// <param name="wake">Called, on any thread, when <see cref="TakeFinished"/> may have news.</param>
    /// <exception cref="TransferLaneException">The rank's endpoint cannot be listened at.</exception>
    public abstract void RegisterCaches(
        KvCaches caches, KvModelFacts model, int worldSize, ITransferLaneFactory lanes, Action wake);

    /// <summary>Before a step is computed: ends offers whose blocks it may write, and begins loads: `start_load_kv`.</summary>
    public abstract void StartLoads(KvTransferStep step);

    /// <summary>A layer's blocks are there: `wait_for_layer_load`. Nothing to wait for here.</summary>
    public virtual void WaitForLayerLoad(int layer)
    {
    }

    /// <summary>A layer's blocks were written: `save_kv_layer`. Nothing is copied here.</summary>
    public virtual void SaveLayer(int layer)
    {
    }

    /// <summary>After a step was computed: its blocks may be read by peers from here on: `wait_for_save`.</summary>
    public abstract void MakeOffers(KvTransferStep step);

    /// <summary>What ended since the last call: `get_finished`, `get_block_ids_with_load_errors`, `get_kv_connector_stats`.</summary>
    public abstract KvTransferNews TakeFinished();

    /// <summary>The epoch is over: on return no offer stands and no load writes a block. What had ended is forgotten.</summary>
    public abstract void Reset();

    /// <summary>Lets go of blocks and lane: `shutdown`.</summary>
    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>See <see cref="Dispose()"/>.</summary>
    protected abstract void Dispose(bool isDisposing);

    /// <summary>Where a rank of a server listens.</summary>
    protected static string EndpointOf(KvSource source, int rank) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{source.Host}:{source.Port + rank}");

    /// <summary>Runs as the transfer of these regions: of each run, one descriptor a region here and at the peer.</summary>
    protected static ImmutableArray<TransferPart> Parts(
        ImmutableArray<BlockRun> runs, ImmutableArray<BlockRegion> local, ImmutableArray<BlockRegion> remote) =>
    [
        .. runs.Select(run => new TransferPart(
            [.. local.Select(region => region.Blocks(run.FirstLocal, run.Count))],
            [.. remote.Select(region => region.Blocks(run.FirstRemote, run.Count))])),
    ];
}
