using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Ops;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// Builds one rank's runner from a model folder: reads only the slices this rank owns, all under leases.
/// </summary>
public static class ModelLoader
{
    /// <summary>Loads. Runs on the card's pinned thread; speaks to no peer.</summary>
    /// <param name="settings">What to load and how much room to keep.</param>
    /// <param name="card">Gives memory; outlives the runner.</param>
    /// <param name="ops">Looked up now, never again.</param>
    /// <param name="collective">Gives rank and world size now, and carries the steps' sums until Rejoin.</param>
    /// <returns>The runner; disposing it gives every lease back.</returns>
    /// <exception cref="CheckpointException">The folder cannot be used, or not by so many ranks.</exception>
    /// <exception cref="CardMemoryException">The card has too little memory.</exception>
    public static IModelRunner Load(ModelRunnerSettings settings, ICard card, OpTable ops, ICollective collective)
    {
        settings.Check();
        using var noGrad = no_grad();
        var builds = new List<DecoderBuild>();
        try
        {
            var target = new DecoderBuild(
                settings.ModelFolder, settings, settings.MaxModelLen, card, ops, collective, leasePrefix: "", settings.Lora);
            builds.Add(target);
            if (settings.Draft is { } wanted)
                builds.Add(LoadDraft(wanted, settings, target, card, ops));
            target.Reserve("activations", builds.Max(build => build.ActivationBytes) + VerificationBytes(settings, target));
            return Assemble(settings, card, target, builds.ElementAtOrDefault(1));
        }
        catch
        {
            builds.ForEach(build => build.Dispose());
            throw;
        }
    }

    // A draft is small: every rank has all of it and speaks to no peer.
    private static DecoderBuild LoadDraft(
        DraftSettings wanted, ModelRunnerSettings settings, DecoderBuild target, ICard card, OpTable ops)
    {
        ModelLimits.CheckDraft(
            wanted.ModelFolder, ModelConfig.Read(wanted.ModelFolder), target.Config, target.MaxModelLen);
        return new DecoderBuild(
            wanted.ModelFolder, settings, target.MaxModelLen, card, ops, new SingleRankCollective(epoch: 0),
            leasePrefix: "draft ");
    }

    private static ModelRunner Assemble(
        ModelRunnerSettings settings, ICard card, DecoderBuild target, DecoderBuild? draft)
    {
        var blockCount = target.KvShape.BlockCount(
            settings, target.MaxModelLen, card.Facts.MemoryBytes, card.UsedBytes, draft?.KvShape.BlockBytes ?? 0);
        var decoder = target.WithCache(blockCount, "kv cache");
        Decoder? drafter = null;
        try
        {
            drafter = draft?.WithCache(blockCount, "draft kv cache");
            var proposer = drafter is null
                ? null
                : new DraftModel(
                    drafter, settings.BlockSizeTokens, target.MaxModelLen, target.Config.VocabularySize);
            var facts = new ModelRunnerFacts(
                target.Config.Architecture, target.Dtype.Name, target.Config.VocabularySize, target.MaxModelLen,
                settings.BlockSizeTokens, blockCount, target.WeightBytes, decoder.Cache.Bytes)
            {
                HiddenSize = target.Config.HiddenSize,
                Notes = [.. target.Dtype.Notes, .. target.Kv.Notes, .. RowLaw.Breaches(target.Ops)],
                StateSlotCount = target.KvShape.SlotCount,
                CardBytes = card.Facts.MemoryBytes,
                MemoryUtilization = settings.MemoryUtilization,
                Ledger = [.. card.Leases],
            };
            return new ModelRunner(
                decoder, proposer, settings.Verification, [.. target.Leases, .. draft?.Leases ?? []], facts, target.Loras)
            {
                Float8Told = target.Float8Told + draft?.Float8Told,
            };
        }
        catch
        {
            // Ops and the other leases are still the builds'.
            drafter?.Cache.Dispose();
            decoder.Cache.Dispose();
            throw;
        }
    }

    // Of all rows that drafts are verified with, the logits, the target's weights and the draft model's exist at once.
    private static long VerificationBytes(ModelRunnerSettings settings, DecoderBuild target) =>
        3L * settings.VerifiedRowsMax * target.Config.VocabularySize * sizeof(float);
}
