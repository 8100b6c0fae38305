using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.KvTransfer;
using Gaudi.Hpu.Models.Lora;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// One rank's share of a model: computes a step, draws from the gathered logits, verifies drafts and proposes the next.
/// </summary>
/// <remarks>Made by <see cref="ModelLoader"/>.</remarks>
internal sealed class ModelRunner : IModelRunner
{
    private readonly Decoder _target;
    private readonly DraftModel? _draft;
    private readonly DraftVerifier _verifier;
    private readonly bool _needsDraftWeights;
    private readonly ImmutableArray<Lease> _leases;
    private readonly LoraShelf? _loras;

    /// <summary>Takes everything over.</summary>
    /// <param name="target">The model.</param>
    /// <param name="draft">Proposes; null where nothing or the scheduler does.</param>
    /// <param name="verification">When a draft of a sampled request stands.</param>
    /// <param name="leases">Beside those of the caches.</param>
    /// <param name="facts">What was loaded.</param>
    /// <param name="loras">Its adapters; null where none are served.</param>
    public ModelRunner(
        Decoder target, DraftModel? draft, VerificationMode verification, ImmutableArray<Lease> leases,
        ModelRunnerFacts facts, LoraShelf? loras)
    {
        _loras = loras;
        _target = target;
        _draft = draft;
        _verifier = new DraftVerifier(target.Ops, verification);
        _needsDraftWeights = draft is not null && verification == VerificationMode.Standard;
        _leases = leases;
        Facts = facts;
    }

    /// <inheritdoc />
    public ModelRunnerFacts Facts { get; }

    /// <summary>How the card counts in float8, where keys and values depend on it; empty where they do not.</summary>
    public string Float8Told { get; init; } = "";

    /// <inheritdoc />
    public KvCaches? Caches => Facts.StateSlotCount > 0
        ? null
        : Told(KvCaches.Of(_target.Cache.BlockTensors, _draft?.Cache.BlockTensors ?? []));

    /// <inheritdoc />
    public StepOutput Run(StepPlan plan)
    {
        Check(plan);
        _loras?.Place(plan.Loras);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        // Before the target's pass: the draft model's own memory of these positions is what it drew from.
        var draftWeights = _needsDraftWeights ? _draft!.Weights(plan) : null;
        var harvest = new StepHarvest(plan);
        var pooled = new PoolingHarvest(plan);
        _target.Run(plan, harvest.Take, pooled.Take);
        var output = pooled.AddTo(harvest.Output(_verifier.Verify(harvest.Drafts, draftWeights)));
        return _draft is null ? output : output with { Drafts = _draft.Propose(plan, output.Tokens) };
    }

    /// <inheritdoc />
    public void Rejoin(ICollective collective) => _target.Ops.Lane.Rejoin(collective);

    /// <inheritdoc />
    public ImmutableArray<string> LoraIds => _loras?.Ids ?? [];

    /// <inheritdoc />
    public string? AddLora(LoraAdapter adapter) => _loras is null
        ? "expected a server that was started with --enable-lora, and this one was not"
        : _loras.Add(adapter);

    /// <inheritdoc />
    public void RemoveLora(string id) => _loras?.Remove(id);

    /// <inheritdoc />
    public void Dispose()
    {
        _loras?.Dispose();
        _target.Dispose();
        _draft?.Dispose();
        foreach (var lease in _leases)
            lease.Dispose();
    }

    private KvCaches Told(KvCaches caches) =>
        Float8Told.Length == 0 ? caches : caches with { Layout = $"{caches.Layout}, {Float8Told}" };

    private void Check(StepPlan plan)
    {
        Invariant.That(!plan.Sequences.IsEmpty, $"step {plan.StepNumber} has no sequences");
        var ids = new HashSet<long>();
        foreach (var sequence in plan.Sequences)
        {
            var id = sequence.SequenceId;
            var end = sequence.FirstPosition + sequence.TokenIds.Length;
            Invariant.That(ids.Add(id), $"sequence {id} appears twice");
            Invariant.That(
                sequence.FirstPosition >= 0 && !sequence.TokenIds.IsEmpty && end <= Facts.MaxModelLen,
                $"sequence {id}: positions {sequence.FirstPosition} to {end} of {Facts.MaxModelLen}");
            Invariant.That(
                sequence.TokenIds.All(token => (uint)token < (uint)Facts.VocabularySize),
                $"sequence {id}: a token outside {Facts.VocabularySize}");
            Invariant.That(
                sequence.DraftCount >= 0 && sequence.DraftCount < sequence.TokenIds.Length
                && (sequence.DraftCount == 0 || sequence.Sampling is not null),
                $"sequence {id}: {sequence.DraftCount} drafts of {sequence.TokenIds.Length} tokens");
            Invariant.That(
                sequence.Sampling?.NeedsHistory != true || sequence.History.Length == sequence.FirstPosition,
                $"sequence {id}: {sequence.History.Length} tokens of history before position {sequence.FirstPosition}");
            Invariant.That(
                sequence.Pooling is null || (sequence.Sampling is null && end <= sequence.PromptTokenCount),
                $"sequence {id} is pooled and draws, or is pooled behind its prompt");
            Invariant.That(
                sequence.LoraSlot == 0 || plan.Loras.Any(place => place.Slot == sequence.LoraSlot),
                $"sequence {id}: adapter slot {sequence.LoraSlot}, and the step fills {plan.Loras.Length}");
            Invariant.That(
                sequence.Masks.IsEmpty || (sequence.Sampling is not null && sequence.Masks.Length == sequence.DraftCount + 1),
                $"sequence {id}: {sequence.Masks.Length} masks for {sequence.DraftCount} drafts");
            Invariant.That(
                (long)sequence.BlockTable.Length * Facts.BlockSizeTokens >= end,
                $"sequence {id}: {sequence.BlockTable.Length} blocks for {end} positions");
            Invariant.That(
                Facts.StateSlotCount == 0 || ((uint)sequence.StateSlot < (uint)Facts.StateSlotCount && sequence.DraftCount == 0),
                $"sequence {id}: state {sequence.StateSlot} of {Facts.StateSlotCount}, {sequence.DraftCount} drafts");
            Invariant.That(
                sequence.BlockTable.All(block => (uint)block < (uint)_target.Cache.BlockCount),
                $"sequence {id}: a block outside {_target.Cache.BlockCount}");
        }
    }
}
