using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Models.Lora;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Platforms;
using Gaudi.Hpu.Plugins;
using Gaudi.Hpu.Quantization;

namespace Gaudi.Cluster.Wire;

/// <summary>Records that several messages carry.</summary>
internal static class SharedFormats
{
    internal static void Write(this WireWriter w, PluginOutcome o)
    {
        w.Text(o.Group);
        w.Text(o.Name);
        w.Text(o.Value);
        w.Text(o.Assembly);
        w.Text(o.Version);
        w.Text(o.Outcome);
        w.Text(o.Reason);
        w.Double(o.DurationMs);
    }

    internal static PluginOutcome PluginOutcome(this WireReader r) =>
        new(r.Text(), r.Text(), r.Text(), r.Text(), r.Text(), r.Text(), r.Text(), r.Double());

    internal static void Write(this WireWriter w, PlatformReport report)
    {
        w.Text(report.Selected);
        w.Text(report.ClassName);
        w.List(report.Candidates, c =>
        {
            w.Text(c.Name);
            w.Text(c.Origin);
            w.Text(c.Outcome);
            w.Text(c.Reason);
        });
        w.List(report.Changes, c =>
        {
            w.Text(c.Setting);
            w.Text(c.From);
            w.Text(c.To);
            w.Text(c.Why);
        });
        w.List(report.Attention, offer =>
        {
            w.Text(offer.Need);
            w.OptionalOf(offer.Backend, w.Text);
            w.Text(offer.Reason);
        });
    }

    internal static PlatformReport PlatformReport(this WireReader r) => new(
        r.Text(), r.Text(),
        r.List(() => new PlatformCandidate(r.Text(), r.Text(), r.Text(), r.Text())),
        r.List(() => new PlatformChange(r.Text(), r.Text(), r.Text(), r.Text())))
    {
        Attention = r.List(() => new AttentionOffer(r.Text(), r.OptionalOf(r.Text), r.Text())),
    };

    internal static void Write(this WireWriter w, OpReportRow row)
    {
        w.Text(row.Name);
        w.Text(row.Module);
        w.Text(row.Provider);
        w.Text(row.Version);
        w.OptionalOf(row.Replaces, w.Text);
        w.Bool(row.Enabled);
        w.Long(row.Calls);
    }

    internal static OpReportRow OpReportRow(this WireReader r) =>
        new(r.Text(), r.Text(), r.Text(), r.Text(), r.OptionalOf(r.Text), r.Bool(), r.Long());

    internal static void Write(this WireWriter w, ModelRunnerSettings s)
    {
        w.Text(s.ModelFolder);
        w.Text(s.Dtype);
        w.Int(s.BlockSizeTokens);
        w.Optional(s.KvBlockCount, w.Int);
        w.Optional(s.MaxModelLen, w.Int);
        w.Double(s.MemoryUtilization);
        w.Optional(s.SequencesMax, w.Int);
        w.OptionalOf(s.Draft, draft => w.Text(draft.ModelFolder));
        w.Int(s.VerifiedRowsMax);
        w.Int((int)s.Verification);
        w.Bool(s.IsExpertParallel);
        w.Optional(s.ExpertsPerSlice, w.Int);
        w.Bool(s.Fp8.AlignsScales);
        w.Bool(s.Fp8.AdjustsScales);
        w.Bool(s.Fp8.HasChannelScales);
        w.OptionalOf(s.Lora, lora =>
        {
            w.Int(lora.SlotCount);
            w.Int(lora.RankMax);
            w.Int(lora.AdapterCountMax);
        });
        w.Text(s.KvCacheDtype);
        w.OptionalOf(s.KvConnector, w.Write);
    }

    internal static ModelRunnerSettings ModelRunnerSettings(this WireReader r) =>
        new(r.Text(), r.Text(), r.Int(), r.Optional(r.Int), r.Optional(r.Int), r.Double())
        {
            SequencesMax = r.Optional(r.Int),
            Draft = r.OptionalOf(() => new DraftSettings(r.Text())),
            VerifiedRowsMax = r.Int(),
            Verification = r.Choice<VerificationMode>(),
            IsExpertParallel = r.Bool(),
            ExpertsPerSlice = r.Optional(r.Int),
            Fp8 = new Fp8Settings(r.Bool(), r.Bool(), r.Bool()),
            Lora = r.OptionalOf(() => new LoraSettings(r.Int(), r.Int(), r.Int())),
            KvCacheDtype = r.Text(),
            KvConnector = r.OptionalOf(r.KvConnectorSettings),
        };

    internal static void Write(this WireWriter w, ModelRunnerFacts f)
    {
        w.Text(f.Architecture);
        w.Text(f.Dtype);
        w.Int(f.VocabularySize);
        w.Int(f.MaxModelLen);
        w.Int(f.BlockSizeTokens);
        w.Int(f.KvBlockCount);
        w.Long(f.WeightBytes);
        w.Long(f.KvBytes);
        w.List(f.Notes, w.Text);
        w.Int(f.HiddenSize);
        w.Long(f.CardBytes);
        w.Double(f.MemoryUtilization);
        w.List(f.Ledger, lease =>
        {
            w.Text(lease.Purpose);
            w.Long(lease.Bytes);
        });
        w.Int(f.StateSlotCount);
    }

    internal static ModelRunnerFacts ModelRunnerFacts(this WireReader r) =>
        new(r.Text(), r.Text(), r.Int(), r.Int(), r.Int(), r.Int(), r.Long(), r.Long())
        {
            Notes = r.List(r.Text),
            HiddenSize = r.Int(),
            CardBytes = r.Long(),
            MemoryUtilization = r.Double(),
            Ledger = r.List(() => new LeaseRecord(r.Text(), r.Long())),
            StateSlotCount = r.Int(),
        };

    internal static void Write(this WireWriter w, LoraAdapter adapter)
    {
        w.Text(adapter.Id);
        w.Text(adapter.Name);
        w.Text(adapter.Folder);
        w.Text(adapter.Digest);
    }

    internal static LoraAdapter LoraAdapter(this WireReader r) => new(r.Text(), r.Text(), r.Text(), r.Text());

    internal static void Write(this WireWriter w, PromptImage image)
    {
        w.Int(image.FirstPosition);
        w.Int(image.RowCount);
        w.Int(image.ColumnCount);
        w.Bytes(image.Pixels);
    }

    internal static PromptImage PromptImage(this WireReader r) => new(r.Int(), r.Int(), r.Int(), r.Bytes());

    internal static void Write(this WireWriter w, TokenLogprob one)
    {
        w.Int(one.TokenId);
        w.Float(one.Logprob);
    }

    internal static TokenLogprob TokenLogprob(this WireReader r) => new(r.Int(), r.Float());

    internal static void Write(this WireWriter w, PromptScore one)
    {
        w.Long(one.SequenceId);
        w.Int(one.Position);
        w.Int(one.TokenId);
        w.Float(one.Logprob);
        w.Int(one.Rank);
        w.List(one.Alternatives, w.Write);
    }

    internal static PromptScore PromptScore(this WireReader r) =>
        new(r.Long(), r.Int(), r.Int(), r.Float(), r.Int(), r.List(r.TokenLogprob));
}
