using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>One rank's share of a model: runs a step's passes, draws from the gathered logits.</summary>
/// <remarks>Made by <see cref="ModelLoader"/>.</remarks>
internal sealed class ModelRunner : IModelRunner
{
    /// <summary>
    /// Rows the model computes at once: enough to reuse each weight, little enough to bound the activations.
    /// </summary>
    public const int PassRowsMax = 256;

    /// <summary>Rows whose logits exist at once.</summary>
    public const int LogitsRowsMax = 16;

    private readonly DecoderModel _model;
    private readonly LayerOps _ops;
    private readonly KvCache _cache;
    private readonly ImmutableArray<Lease> _leases;

    /// <summary>Takes everything over.</summary>
    public ModelRunner(
        DecoderModel model, LayerOps ops, KvCache cache, ImmutableArray<Lease> leases, ModelRunnerFacts facts)
    {
        _model = model;
        _ops = ops;
        _cache = cache;
        _leases = leases;
        Facts = facts;
    }

    /// <inheritdoc />
    public ModelRunnerFacts Facts { get; }

    /// <inheritdoc />
    public StepOutput Run(StepPlan plan)
    {
        Check(plan);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var drawn = new (SampledToken Token, ulong Digest)?[plan.Sequences.Length];
        foreach (var pass in StepPass.Of(plan, PassRowsMax))
            Run(plan, pass, drawn);
        var tokens = drawn.OfType<(SampledToken Token, ulong Digest)>().ToArray();
        return new StepOutput(
            plan.StepNumber,
            [.. tokens.Select(one => one.Token)],
            tokens.Aggregate(LogitsDigest.Empty, (digest, one) => LogitsDigest.Add(digest, one.Digest)));
    }

    /// <inheritdoc />
    public void Rejoin(ICollective collective) => _ops.Lane.Rejoin(collective);

    /// <inheritdoc />
    public void Dispose()
    {
        _cache.Dispose();
        _ops.Dispose();
        foreach (var lease in _leases)
            lease.Dispose();
    }

    private void Run(StepPlan plan, StepPass pass, (SampledToken Token, ulong Digest)?[] drawn)
    {
        using var scope = NewDisposeScope();
        var hidden = _model.Forward(pass.Rows, _cache.Layers); // [rows, hidden]
        foreach (var draws in pass.Draws.Chunk(LogitsRowsMax))
        {
            using var inner = NewDisposeScope();
            var rows = tensor(draws.Select(draw => (long)draw.Row).ToArray()); // [draws]
            var logits = _model.Logits(hidden.index_select(0, rows), pass.Rows.Role); // [draws, vocabulary]
            for (var i = 0; i < draws.Length; i++)
            {
                var index = draws[i].SequenceIndex;
                var row = Row(logits, i);
                drawn[index] = (Sampler.Draw(plan.Sequences[index], row), LogitsDigest.Add(LogitsDigest.Empty, row));
            }
        }
    }

    // The span lives as long as the tensor, which the caller's scope holds.
    private static unsafe ReadOnlySpan<float> Row(Tensor logits, int row)
    {
        var width = (int)logits.shape[1];
        return new ReadOnlySpan<float>((float*)TensorMemory.Pointer(logits) + ((long)row * width), width);
    }

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
                (long)sequence.BlockTable.Length * Facts.BlockSizeTokens >= end,
                $"sequence {id}: {sequence.BlockTable.Length} blocks for {end} positions");
            Invariant.That(
                sequence.BlockTable.All(block => (uint)block < (uint)_cache.BlockCount),
                $"sequence {id}: a block outside {_cache.BlockCount}");
        }
    }
}
