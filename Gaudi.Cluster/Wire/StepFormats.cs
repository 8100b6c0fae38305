using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Layers;

namespace Gaudi.Cluster.Wire;

/// <summary>What a step asks of a rank, and what it gives.</summary>
internal static class StepFormats
{
    internal static void Write(this WireWriter w, StepPlan plan)
    {
        w.Long(plan.StepNumber);
        w.List(plan.Sequences, w.Write);
        w.List(plan.Loras, place =>
        {
            w.Int(place.Slot);
            w.Text(place.LoraId);
        });
        w.OptionalOf(plan.Transfers, w.Write);
    }

    internal static StepPlan StepPlan(this WireReader r) => new(r.Long(), r.List(r.SequenceStep))
    {
        Loras = r.List(() => new LoraPlace(r.Int(), r.Text())),
        Transfers = r.OptionalOf(r.KvTransferStep),
    };

    internal static void Write(this WireWriter w, StepOutput output)
    {
        w.Long(output.StepNumber);
        w.List(output.Tokens, w.Write);
        w.ULong(output.LogitsDigest);
        w.List(output.Drafts, one =>
        {
            w.Long(one.SequenceId);
            w.List(one.TokenIds, w.Int);
        });
        w.List(output.PromptScores, w.Write);
        w.List(output.Pooled, one =>
        {
            w.Long(one.SequenceId);
            w.List(one.Vector, w.Float);
        });
    }

    internal static StepOutput StepOutput(this WireReader r) => new(r.Long(), r.List(r.SampledToken), r.ULong())
    {
        Drafts = r.List(() => new DraftedTokens(r.Long(), r.List(r.Int))),
        PromptScores = r.List(r.PromptScore),
        Pooled = r.List(() => new PooledState(r.Long(), r.List(r.Float))),
    };

    private static void Write(this WireWriter w, SequenceStep one)
    {
        w.Long(one.SequenceId);
        w.List(one.TokenIds, w.Int);
        w.Int(one.FirstPosition);
        w.Int(one.PromptTokenCount);
        w.List(one.BlockTable, w.Int);
        w.OptionalOf(one.Sampling, w.Write);
        w.Int(one.Choice);
        w.Int(one.DraftCount);
        w.Int(one.DraftCountMax);
        w.List(one.History, w.Int);
        w.List(one.Masks, mask => w.List(mask.Words, w.ULong));
        w.OptionalOf(one.PromptScoring, scoring =>
        {
            w.Int(scoring.AlternativeCount);
            w.Optional(scoring.NextTokenId, w.Int);
        });
        w.OptionalOf(one.Pooling, pooling =>
        {
            w.Int((int)pooling.Mode);
            w.List(pooling.Sum, w.Float);
        });
        w.Int(one.StateSlot);
        w.List(one.Images, w.Write);
        w.Int(one.LoraSlot);
    }

    private static SequenceStep SequenceStep(this WireReader r) => new(
        r.Long(), r.List(r.Int), r.Int(), r.Int(), r.List(r.Int), r.OptionalOf(r.SamplingParameters), r.Int())
    {
        DraftCount = r.Int(),
        DraftCountMax = r.Int(),
        History = r.List(r.Int),
        Masks = r.List(() => new TokenMask(r.List(r.ULong))),
        PromptScoring = r.OptionalOf(() => new PromptScoring(r.Int(), r.Optional(r.Int))),
        Pooling = r.OptionalOf(() => new PoolingStep(r.Choice<PoolingMode>(), r.List(r.Float))),
        StateSlot = r.Int(),
        Images = r.List(r.PromptImage),
        LoraSlot = r.Int(),
    };

    private static void Write(this WireWriter w, SampledToken one)
    {
        w.Long(one.SequenceId);
        w.Int(one.Position);
        w.Int(one.TokenId);
        w.Float(one.Logprob);
        w.List(one.Alternatives, w.Write);
    }

    private static SampledToken SampledToken(this WireReader r) =>
        new(r.Long(), r.Int(), r.Int(), r.Float(), r.List(r.TokenLogprob));
}
