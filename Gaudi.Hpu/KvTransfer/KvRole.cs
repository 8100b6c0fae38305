namespace Gaudi.Hpu.KvTransfer;

/// <summary>What a group does in disaggregated serving. The numbers travel between processes: append only.</summary>
public enum KvRole
{
    /// <summary>Computes prompts for others: `kv_producer`.</summary>
    Producer = 0,

    /// <summary>Goes on with prompts that others computed: `kv_consumer`.</summary>
    Consumer = 1,

    /// <summary>Either, as each request says: `kv_both`.</summary>
    Both = 2,
}
