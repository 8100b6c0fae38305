using System.Collections.Immutable;
using Gaudi.Hpu;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Models.Lora;

namespace Gaudi.Tests.Simulation.World;

/// <summary>
/// A rank's share of the simulated model. It keeps, where a real one keeps keys and values, a hash of everything that they depend on;
/// what it draws depends on what its blocks hold. When it is called, the time of its step has passed already.
/// </summary>
internal sealed class SimRunner : IModelRunner
{
    // All-reduces of attention and feed-forward of each layer; what counts is that all ranks count alike.
    private const int CallCount = 1;

    private readonly SimWorld _world;
    private readonly SimWorker _worker;
    private readonly Lease[] _leases;
    private readonly ulong[] _chains;
    private readonly int[] _ends;
    private readonly ulong[] _drawn;
    private SimLane _lane;

    internal SimRunner(SimWorld world, SimWorker worker, ModelRunnerSettings model, ICard card, SimLane lane)
    {
        (_world, _worker, _lane) = (world, worker, lane);
        var blockCount = model.KvBlockCount ?? world.Topology.KvBlockCount;
        var weightBytes = world.Cost.WeightBytes(lane.WorldSize);
        var kvBytes = world.Cost.BlockBytes(lane.WorldSize, model.BlockSizeTokens) * blockCount;
        var weights = card.Reserve("weights", weightBytes);
        try
        {
            _leases = [weights, card.Reserve("kv cache", kvBytes)];
        }
        catch (CardMemoryException)
        {
            weights.Dispose();
            throw;
        }
        (_chains, _ends, _drawn) = (new ulong[blockCount], new int[blockCount], new ulong[world.Settings.Scheduler.SequencesMax]);
        Facts = new ModelRunnerFacts(
            "SimulatedForCausalLM", "bfloat16", TokenChain.VocabularySize, world.Topology.MaxModelLen, model.BlockSizeTokens,
            blockCount, weightBytes, kvBytes)
        {
            CardBytes = card.Facts.MemoryBytes, MemoryUtilization = model.MemoryUtilization,
        };
        Clear();
    }

    public ModelRunnerFacts Facts { get; }

    public ImmutableArray<string> LoraIds => [];

    public StepOutput Run(StepPlan plan)
    {
        _lane.CompleteStep(CallCount);
        var digest = 0UL;
        var drawn = _drawn.AsSpan(0, plan.Sequences.Length);
        for (var index = 0; index < drawn.Length; index++)
        {
            drawn[index] = Fill(plan.Sequences[index]);
            if (plan.Sequences[index].Sampling is not null)
                digest = TokenChain.Mix(digest ^ drawn[index]);
        }
        // What another rank has drawn from the same is the same: it need not be made eight times.
        if (_lane.Group.Output is { } known && known.StepNumber == plan.StepNumber && known.LogitsDigest == digest)
            return known;
        return _lane.Group.Output = Draw(plan, drawn, digest);
    }

    private static StepOutput Draw(StepPlan plan, ReadOnlySpan<ulong> chains, ulong digest)
    {
        var tokens = ImmutableArray.CreateBuilder<SampledToken>(plan.Sequences.Length);
        for (var index = 0; index < chains.Length; index++)
        {
            var step = plan.Sequences[index];
            if (step.Sampling is { } sampling)
                tokens.Add(new SampledToken(
                    step.SequenceId, step.FirstPosition + step.TokenIds.Length, TokenChain.Next(chains[index], sampling.Seed),
                    float.NaN, []));
        }
        return new StepOutput(plan.StepNumber, tokens.DrainToImmutable(), digest);
    }

    public void Rejoin(ICollective collective)
    {
        _lane = (SimLane)collective;
        Clear();
    }

    public string? AddLora(LoraAdapter adapter) => "the simulated model takes no adapters";

    public void RemoveLora(string id)
    {
    }

    public void Dispose()
    {
        foreach (var lease in _leases)
            lease.Dispose();
        _worker.Unload();
    }

    private void Clear() => Array.Fill(_ends, -1);

    // Each block knows how far it is filled and the hash of everything up to there.
    private ulong Fill(SequenceStep step)
    {
        Invariant.That(step.DraftCount == 0 && step.Images.IsEmpty, "the simulated model verifies no drafts and sees no images");
        var (size, position) = (Facts.BlockSizeTokens, step.FirstPosition);
        var tokens = step.TokenIds.AsSpan();
        var chain = TokenChain.Empty;
        if (position > 0)
        {
            var before = step.BlockTable[(position - 1) / size];
            chain = _chains[before];
            if (_ends[before] != position)
                _world.Checks.Fail(
                    "kv", $"{_worker.Endpoint}: sequence {step.SequenceId} goes on at {position}, its block ends at {_ends[before]}");
        }
        while (!tokens.IsEmpty)
        {
            var count = Math.Min(tokens.Length, size - position % size);
            chain = TokenChain.Add(chain, tokens[..count]);
            position += count;
            tokens = tokens[count..];
            var block = step.BlockTable[(position - 1) / size];
            (_chains[block], _ends[block]) = (chain, position);
        }
        return chain;
    }
}
