using Gaudi.Actors.Requests;
using Gaudi.Actors.Protocols;
using Gaudi.Hpu.KvTransfer;

namespace Gaudi.Cluster.Wire;

/// <summary>What messages carry of KV transfers.</summary>
internal static class KvTransferFormats
{
    internal static void Write(this WireWriter w, KvConnectorSettings s)
    {
        w.Text(s.Connector);
        w.Int((int)s.Role);
        w.Text(s.EngineId);
        w.Text(s.Host);
        w.Int(s.Port);
        w.Long(s.StallTimeout.Ticks);
        w.Long(s.BytesPerSecond);
    }

    internal static KvConnectorSettings KvConnectorSettings(this WireReader r) =>
        new(r.Text(), r.Choice<KvRole>(), r.Text(), r.Text(), r.Int(), new TimeSpan(r.Long()), r.Long());

    internal static void Write(this WireWriter w, KvTransferStep step)
    {
        w.List(step.Withdrawals, w.Text);
        w.List(step.Loads, load =>
        {
            w.Long(load.SequenceId);
            w.Write(load.Source);
            w.Text(load.Digest);
            w.List(load.LocalBlocks, w.Int);
            w.List(load.RemoteBlocks, w.Int);
        });
        w.List(step.Offers, offer =>
        {
            w.Text(offer.Key);
            w.Text(offer.Digest);
            w.List(offer.Blocks, w.Int);
        });
    }

    internal static KvTransferStep KvTransferStep(this WireReader r) => new(
        r.List(r.Text),
        r.List(() => new KvLoad(r.Long(), r.KvSource(), r.Text(), r.List(r.Int), r.List(r.Int))),
        r.List(() => new KvOffer(r.Text(), r.Text(), r.List(r.Int))));

    internal static void Write(this WireWriter w, KvTransferNews news)
    {
        w.List(news.Sent, w.Text);
        w.List(news.Received, one =>
        {
            w.Long(one.SequenceId);
            w.List(one.FailedBlocks, w.Int);
            w.Text(one.Failure);
        });
        w.List(news.Transfers, one =>
        {
            w.Long(one.Duration.Ticks);
            w.Long(one.Bytes);
            w.Int(one.DescriptorCount);
            w.Bool(one.HasFailed);
        });
    }

    internal static KvTransferNews KvTransferNews(this WireReader r) => new(
        r.List(r.Text),
        r.List(() => new KvLoaded(r.Long(), r.List(r.Int), r.Text())),
        r.List(() => new KvTransferMeasure(new TimeSpan(r.Long()), r.Long(), r.Int(), r.Bool())));

    internal static void Write(this WireWriter w, KvTransferParams one)
    {
        w.Bool(one.IsForRemoteDecode);
        w.OptionalOf(one.Source, w.Write);
        w.List(one.RemoteBlocks, w.Int);
    }

    internal static KvTransferParams KvTransferParams(this WireReader r) => new(r.Bool(), r.OptionalOf(r.KvSource), r.List(r.Int));

    internal static void Write(this WireWriter w, TransferCounters one)
    {
        w.Double(one.Seconds);
        w.Long(one.Bytes);
        w.Long(one.DescriptorCount);
        w.Long(one.ReadCount);
        w.Long(one.FailedCount);
        w.Long(one.LapsedCount);
        w.List(one.ReadsBySeconds, w.Long);
    }

    internal static TransferCounters TransferCounters(this WireReader r) =>
        new(r.Double(), r.Long(), r.Long(), r.Long(), r.Long(), r.Long()) { ReadsBySeconds = r.List(r.Long) };

    private static void Write(this WireWriter w, KvSource source)
    {
        w.Text(source.EngineId);
        w.Text(source.Host);
        w.Int(source.Port);
        w.Text(source.Key);
    }

    private static KvSource KvSource(this WireReader r) => new(r.Text(), r.Text(), r.Int(), r.Text());
}
