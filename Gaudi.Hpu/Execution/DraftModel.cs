using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// The small model that proposes what a sequence goes on with. It keeps keys and values of every position the target
/// keeps, in blocks of the same ids, so that a cached prefix serves both. What it proposes is a guess: only speed depends
/// on it.
/// </summary>
/// <param name="decoder">The whole model: every rank has all of it and speaks to no peer.</param>
/// <param name="blockSizeTokens">Positions a block.</param>
/// <param name="maxModelLen">Longest sequence served, in tokens.</param>
/// <param name="vocabularySize">Its own and the target's.</param>
internal sealed class DraftModel(Decoder decoder, int blockSizeTokens, int maxModelLen, int vocabularySize) : IDisposable
{
    /// <summary>Its keys and values.</summary>
    public KvCache Cache => decoder.Cache;

    /// <summary>
    /// The weights that the drafts of this step were drawn from: the draft model says again what it said then, bit for
    /// bit.
    /// </summary>
    /// <returns>
    /// [all drafts of the plan, in its order, vocabulary], float32; 0 where a greedy request's are, which are verified
    /// without. The caller disposes it.
    /// </returns>
    public Tensor Weights(StepPlan plan)
    {
        var steps = ImmutableArray.CreateBuilder<SequenceStep>();
        var (firstRows, count) = (new List<int>(), 0);
        foreach (var one in plan.Sequences.Where(one => one.DraftCount > 0))
        {
            // Without its last token a step's rows are those that each draft was drawn after.
            if (one.Sampling!.Temperature >= Sampler.GreedyTemperature)
            {
                firstRows.Add(count);
                steps.Add(one with
                {
                    TokenIds = one.TokenIds[..^1], DraftCount = one.DraftCount - 1, PromptScoring = null, Masks = [],
                });
            }
            count += one.DraftCount;
        }
        var weights = zeros([count, vocabularySize], ScalarType.Float32); // [drafts, vocabulary]
        if (steps.Count > 0)
        {
            decoder.Run(plan with { Sequences = steps.ToImmutable() }, (draw, logits) =>
            {
                var step = steps[draw.SequenceIndex];
                var row = firstRows[draw.SequenceIndex] + draw.TokenIndex - (step.FirstDraft - 1);
                TensorRows.Set(weights, row, Sampler.Weigh(step, draw.TokenIndex, logits));
            });
        }
        return weights;
    }

    /// <summary>Reads what the target kept of a step, and proposes what follows.</summary>
    /// <param name="plan">The step.</param>
    /// <param name="tokens">What the target drew in it.</param>
    /// <returns>In the plan's order; sequences that get no proposal are left out.</returns>
    public ImmutableArray<DraftedTokens> Propose(StepPlan plan, ImmutableArray<SampledToken> tokens)
    {
        var drawn = tokens.ToLookup(token => token.SequenceId, token => token.TokenId);
        var proposals = plan.Sequences.Select(one => Begin(one, [.. drawn[one.SequenceId]])).ToArray();
        // Those that get no proposal are read as well: their blocks may serve others.
        for (var open = proposals; open.Length > 0; open = [.. open.Where(one => one.GoesOn())])
            Read(plan, open);
        return
        [
            .. proposals.Where(one => one.Drafts.Count > 0)
                .Select(one => new DraftedTokens(one.Step.SequenceId, [.. one.Drafts])),
        ];
    }

    /// <inheritdoc />
    public void Dispose() => decoder.Dispose();

    private void Read(StepPlan plan, Proposal[] proposals) => decoder.Run(
        plan with { Sequences = [.. proposals.Select(one => one.Step)] }, (draw, logits) =>
        {
            var proposal = proposals[draw.SequenceIndex];
            // Where a guesser says no numbers there is no guess: the target's answer goes on without it.
            if (AreNumbers(logits))
                proposal.Drafts.Add(Sampler.Draw(proposal.Step, draw.TokenIndex, logits).TokenId);
        });

    private static bool AreNumbers(ReadOnlySpan<float> logits)
    {
        var areNumbers = true;
        foreach (var logit in logits)
            areNumbers &= !float.IsNaN(logit);
        return areNumbers;
    }

    // The drafts that stood are read with the known tokens, and the token drawn last where something follows it.
    private Proposal Begin(SequenceStep step, ImmutableArray<int> drawn)
    {
        var known = drawn.IsEmpty ? step.TokenIds : step.TokenIds[..(step.FirstDraft + drawn.Length - 1)];
        var position = step.FirstPosition + known.Length;
        var room = Math.Min(step.BlockTable.Length * blockSizeTokens, maxModelLen) - position;
        var countMax = drawn.IsEmpty ? 0 : Math.Clamp(room, 0, step.DraftCountMax);
        return new Proposal(
            step with
            {
                TokenIds = countMax > 0 ? known.Add(drawn[^1]) : known,
                Sampling = countMax > 0 ? step.Sampling! with { LogprobCount = null } : null,
                DraftCount = 0, PromptScoring = null, Masks = [],
            },
            countMax);
    }
}
