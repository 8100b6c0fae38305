using Gaudi.Actors.Protocols;

namespace Gaudi.Cluster.Http.Metrics;

/// <summary>What ranks read of other groups' KV blocks, under vLLM's names; only where a KV connector is set.</summary>
internal static class TransferMetrics
{
    /// <summary>Writes the families.</summary>
    public static void Write(
        MetricsText text, TransferCounters counters, (string Name, string Value) model, (string Name, string Value) engine)
    {
        text.Histogram("vllm:nixl_xfer_time_seconds", "Time of a read of KV blocks, of one rank for one request.").Sample(
            new HistogramValues(TransferCounters.SecondBounds, counters.ReadsBySeconds, counters.Seconds), model, engine);
        Count("vllm:nixl_bytes_transferred_total", "Bytes of KV blocks that came.", counters.Bytes);
        Count("vllm:nixl_num_descriptors_total", "Descriptors that were asked for.", counters.DescriptorCount);
        Count("vllm:nixl_num_failed_transfers_total", "Reads of which something did not come.", counters.FailedCount);
        Count("vllm:nixl_num_kv_expired_reqs_total", "Prompts whose blocks were kept and never fetched.", counters.LapsedCount);

        void Count(string name, string help, long value) => text.Counter(name, help).Sample(value, model, engine);
    }
}
